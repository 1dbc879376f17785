import { expect } from 'chai';
import type { RestartLimits } from '../../../src/cluster/restart-policy.ts';
import { Restarts } from '../../../src/cluster/restarts.ts';

const LIMITS: RestartLimits = {
  minUptimeMs: 1_000,
  backoffMs: 100,
  backoffMaxMs: 5_000,
  maxRestarts: 10,
  periodMs: 60_000,
};

describe('Restarts', () => {
  /** Restarts, and a promise of the slots started once there are `count`. */
  function started(count: number): { readonly restarts: Restarts; readonly slots: Promise<number[]> } {
    let resolve: (slots: number[]) => void;
    const slots = new Promise<number[]>((then) => {
      resolve = then;
    });
    const seen: number[] = [];
    const restarts = new Restarts(LIMITS, (slot) => {
      seen.push(slot);
      if (seen.length === count) resolve(seen);
    });
    return { restarts, slots };
  }

  it('judge the ends of each slot by its own history', () => {
    const { restarts } = started(0);
    expect(restarts.judge(0, 0, false, 10)).to.deep.equal({ failedStart: true, delayMs: 100 });
    expect(restarts.judge(0, 110, false, 120)).to.deep.equal({ failedStart: true, delayMs: 200 });
    expect(restarts.judge(1, 110, false, 120)).to.deep.equal({ failedStart: true, delayMs: 100 });
    expect(restarts.judge(0, 320, true, 9_000)).to.deep.equal({ failedStart: false, delayMs: 0 });
  });

  it('start each slot after its delay, and count it', async () => {
    const { restarts, slots } = started(2);
    restarts.schedule(3, 20);
    restarts.schedule(5, 0);
    expect(restarts.pendingSlots).to.deep.equal([3, 5]);
    expect(await slots).to.deep.equal([5, 3]);
    expect(restarts.pendingSlots).to.deep.equal([]);
    expect([restarts.count(3), restarts.count(5), restarts.count(4)]).to.deep.equal([1, 1, 0]);
  });

  it('start a slot once that was asked for twice', async () => {
    const { restarts, slots } = started(2);
    restarts.schedule(0, 0);
    restarts.schedule(0, 0);
    restarts.schedule(1, 5);
    expect(await slots).to.deep.equal([0, 1]);
    expect(restarts.count(0)).to.equal(1);
  });

  it('start nothing that was cancelled', async () => {
    const { restarts, slots } = started(1);
    restarts.schedule(0, 0);
    restarts.schedule(1, 0);
    restarts.schedule(2, 0);
    restarts.cancel(0);
    restarts.cancelAll();
    expect(restarts.pendingSlots).to.deep.equal([]);
    restarts.schedule(9, 1);
    expect(await slots).to.deep.equal([9]);
  });
});
