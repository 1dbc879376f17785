import { expect } from 'chai';
import {
  askAgain,
  connect,
  disconnect,
  grant,
  HISTORY_LIMIT,
  heartbeat,
  type Lease,
  lapse,
  type Place,
  refuse,
  requestedLease,
  type StatusKind,
  TRANSITIONS,
} from '../../../../src/scaling/fleet/lease.ts';

const WISH = { owner: 'ann', slots: 1, bandwidthMbps: null, location: null };
const PLACE: Place = { serverId: 'a', host: 'a.example', port: 3001, location: 'eu', bandwidthMbps: 0 };

const requested = requestedLease('l', 'l@1', WISH, 1);
const granted = grant(requested, PLACE, 2);
const connected = connect(granted, 3);
const BY_STATUS: Readonly<Record<StatusKind, Lease>> = {
  requested,
  refused: refuse(requested, 'NO_CAPACITY', 2),
  granted,
  connected,
  disconnected: disconnect(connected, 4),
  expired: lapse(connected, 4),
};

const STEPS: Readonly<Record<string, readonly [to: StatusKind, step: (lease: Lease) => Lease]>> = {
  ask: ['requested', (lease) => askAgain(lease, 'l@2', WISH, 9)],
  refuse: ['refused', (lease) => refuse(lease, 'NO_CAPACITY', 9)],
  grant: ['granted', (lease) => grant(lease, PLACE, 9)],
  connect: ['connected', (lease) => connect(lease, 9)],
  disconnect: ['disconnected', (lease) => disconnect(lease, 9)],
};

const REFUSED_WITH: Readonly<Record<StatusKind, string>> = {
  requested: 'LEASE_PENDING',
  refused: 'LEASE_NOT_GRANTED',
  granted: 'LEASE_NOT_CONNECTED',
  connected: 'LEASE_BUSY',
  disconnected: 'LEASE_ENDED',
  expired: 'LEASE_ENDED',
};

describe('a lease', () => {
  for (const [from, lease] of Object.entries(BY_STATUS) as [StatusKind, Lease][]) {
    for (const [name, [to, step]] of Object.entries(STEPS)) {
      if (from === to && (to === 'connected' || to === 'disconnected')) {
        it(`stays as it is when ${name} is repeated`, () => expect(step(lease)).to.equal(lease));
      } else if (TRANSITIONS[from].includes(to)) {
        it(`becomes ${to} by ${name} when it is ${from}`, () => {
          const after = step(lease);
          expect(after.status.kind).to.equal(to);
          expect(after.history).to.deep.equal([...lease.history, { status: to, atMs: 9 }]);
        });
      } else {
        it(`refuses ${name} when it is ${from}, with a code for that`, () => {
          expect(() => step(lease))
            .to.throw(new RegExp(`^Lease l is ${from}.*allowed is `))
            .with.property('code', REFUSED_WITH[from]);
        });
      }
    }
  }

  it('takes heartbeats only while it is connected, and does not enter them into its history', () => {
    const beaten = heartbeat(connected, 50);
    expect(beaten.status).to.deep.equal({ kind: 'connected', place: PLACE, heartbeatAtMs: 50 });
    expect(beaten.history).to.equal(connected.history);
    for (const status of ['requested', 'refused', 'granted', 'disconnected', 'expired'] as const) {
      expect(() => heartbeat(BY_STATUS[status], 50), status)
        .to.throw()
        .with.property('code', REFUSED_WITH[status]);
    }
  });

  it('expires when it was granted, and is refused as abandoned when it was not', () => {
    expect(lapse(granted, 9).status).to.deep.equal({ kind: 'expired', place: PLACE });
    expect(lapse(connected, 9).status).to.deep.equal({ kind: 'expired', place: PLACE });
    expect(lapse(requested, 9).status).to.deep.equal({ kind: 'refused', code: 'ABANDONED' });
  });

  it('never comes back from its end, and always ends in one', () => {
    expect([TRANSITIONS.disconnected, TRANSITIONS.expired]).to.deep.equal([[], []]);
    for (const next of Object.values(TRANSITIONS)) for (const kind of next) expect(BY_STATUS).to.have.property(kind);
  });

  it('keeps the newest of its history', () => {
    let lease = requested;
    for (let round = 1; round <= 30; round += 1) {
      lease = askAgain(refuse(lease, 'NO_CAPACITY', round), `l@${round}`, WISH, round);
    }
    expect(lease.history).to.have.length(HISTORY_LIMIT);
    expect(lease.history.at(-1)).to.deep.equal({ status: 'requested', atMs: 30 });
    expect(lease.history.at(0)).to.deep.equal({ status: 'refused', atMs: 21 });
  });
});
