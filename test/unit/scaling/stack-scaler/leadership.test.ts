import { expect } from 'chai';
import { Leadership, type LeaseStore } from '../../../../src/scaling/stack-scaler/leadership.ts';
import { LocalState } from '../../../../src/scaling/state/embedded/local-state.ts';

const TTL_MS = 10_000;
const KEY = 'stack:{app}:leader';

describe('the leadership of several scalers', () => {
  let nowMs: number;
  let store: LocalState;
  let degradedSinceMs: number | null;

  beforeEach(() => {
    nowMs = 1_000_000;
    degradedSinceMs = null;
    store = new LocalState({ memoryLimitBytes: 1_048_576, now: () => nowMs });
  });
  afterEach(() => store.close());

  function scaler(self: string, records: LeaseStore['records'] = store.records): Leadership {
    const state: LeaseStore = {
      records,
      status: () => ({ ...store.status(), degradedSinceMs }),
    };
    return new Leadership({ state, key: KEY, self, address: `${self}:9001`, ttlMs: TTL_MS, nowMs: () => nowMs });
  }

  it('is taken by the first, who keeps it as long as it renews', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    for (let round = 0; round < 20; round += 1) {
      await first.tick();
      await second.tick();
      expect([first.leads, second.leads]).to.deep.equal([true, false]);
      nowMs += 2_000;
    }
    expect(second.holder).to.deep.equal({ holder: 'a', address: 'a:9001' });
  });

  it('passes to the other within 15 seconds when its holder is killed, and never are there two', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    await first.tick();
    await second.tick();
    const killedAtMs = nowMs;
    while (!second.leads) {
      nowMs += 2_000;
      await second.tick();
      // The killed one, were it only slow, would know as well as we do.
      expect(first.leads && second.leads).to.equal(false);
      expect(nowMs - killedAtMs).to.be.at.most(15_000);
    }
    expect(first.leads).to.equal(false);
  });

  it('ends by itself for a holder that hangs: it does not act on when it wakes up', async () => {
    const first = scaler('a');
    await first.tick();
    nowMs += TTL_MS - 1;
    expect(first.leads).to.equal(true);
    nowMs += 1;
    expect(first.leads).to.equal(false);
  });

  it('is lost by a holder that wakes up after another took it', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    await first.tick();
    nowMs += TTL_MS;
    await second.tick();
    expect(second.leads).to.equal(true);
    await first.tick();
    expect([first.leads, second.leads]).to.deep.equal([false, true]);
  });

  it('passes at once when it is given back', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    await first.tick();
    await second.tick();
    await first.resign();
    await second.tick();
    expect([first.leads, second.leads]).to.deep.equal([false, true]);
  });

  it('is not taken from a record that the store lost while its holder may still count on it', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    await first.tick();
    await second.tick();
    nowMs += 1_000;
    await store.records.delete(KEY);
    await second.tick();
    expect([first.leads, second.leads]).to.deep.equal([true, false]);
    nowMs += TTL_MS - 1_000;
    expect(first.leads).to.equal(false);
    await second.tick();
    expect(second.leads).to.equal(true);
  });

  it('is nobody’s while Redis is away, and its holder ceases at once', async () => {
    const [first, second] = [scaler('a'), scaler('b')];
    await first.tick();
    degradedSinceMs = nowMs;
    await first.tick();
    await second.tick();
    expect([first.leads, second.leads]).to.deep.equal([false, false]);
    degradedSinceMs = null;
    await second.tick();
    expect(second.leads, 'the lease of the first is still there').to.equal(false);
    await first.tick();
    expect([first.leads, second.leads]).to.deep.equal([true, false]);
  });

  it('is not had by an answer of the store that began to stand in meanwhile', async () => {
    const records: LeaseStore['records'] = {
      read: () => Promise.resolve(undefined),
      compareAndSet: () => {
        degradedSinceMs = nowMs;
        return Promise.resolve({ stored: true, version: 1 });
      },
    };
    const only = scaler('a', records);
    await only.tick();
    expect(only.leads).to.equal(false);
  });

  it('goes to exactly one when many ask at the same moment', async () => {
    const all = Array.from({ length: 20 }, (_, index) => scaler(`s${index}`));
    await Promise.all(all.map((one) => one.tick()));
    expect(all.filter(({ leads }) => leads)).to.have.length(1);
  });
});
