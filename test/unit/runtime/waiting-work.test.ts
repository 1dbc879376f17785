import { expect } from 'chai';
import type { GatewayStatus } from '../../../src/ipc/gateway-protocol.ts';
import { waitingWork } from '../../../src/runtime/waiting-work.ts';

type Parts = Parameters<typeof waitingWork>[0];

/** Workers with that many connections on their way to each. */
function pool(...lengths: readonly number[]): Parts['pool'] {
  const workers = lengths.map((length) => ({ outbox: { length } }));
  return { all: () => workers as unknown as ReturnType<Parts['pool']['all']> };
}

function queue(queued: number): GatewayStatus {
  return { connections: 0, queued, shed: 0, upstreams: [] };
}

describe('work that no worker has seen', () => {
  it('is what is on its way to workers, what waits for one, and the queues of the gateway', () => {
    const dispatcher = { status: { parked: 5, shed: 9 } };
    expect(waitingWork({ pool: pool(), dispatcher: { status: { parked: 0, shed: 0 } }, gateway: null })).to.equal(0);
    expect(waitingWork({ pool: pool(1, 20), dispatcher, gateway: null })).to.equal(26);
    const gateway = { statuses: () => [queue(100), queue(3)] };
    expect(waitingWork({ pool: pool(1, 20), dispatcher, gateway })).to.equal(129);
  });
});
