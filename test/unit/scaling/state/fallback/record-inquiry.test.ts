import { expect } from 'chai';
import type { FallbackState } from '../../../../../src/scaling/state/fallback/fallback-state.ts';
import type { VersionedRecord } from '../../../../../src/scaling/state/shared-state.ts';
import { DETECT_MS, Machine } from './fixture.ts';
import { turns } from './hand-clock.ts';

const KEEP = { ttlMs: 600_000 };
const KEY = 'session:of-another-machine';
const PATIENCE_MS = 1_000;
const DOUBTFUL_PATIENCE_MS = 50;
const MINUTE_MS = 60_000;

describe('a record that this machine has no copy of, while Redis is taken for away', () => {
  let machine: Machine;
  let state: FallbackState;

  beforeEach(async () => {
    machine = new Machine();
    state = machine.worker();
    await machine.redis.store.records.setIfNewer(KEY, 3, 'logged in', KEEP);
    // Probes write, so this one stays away for them whatever is read.
    machine.redis.fault = 'down';
    await state.get('anything');
    expect(state.status().degradedSinceMs).to.not.equal(null);
  });
  afterEach(() => machine.close());

  const read = (key = KEY): Promise<VersionedRecord | undefined> => state.records.read(key, { ifUnknown: 'error' });
  const asks = (): number => machine.redis.calls.filter((name) => name === 'records.read').length;
  /** What it comes to once `ms` have passed. */
  async function passed<T>(promise: Promise<T>, ms: number): Promise<T> {
    promise.catch(() => {});
    await turns();
    await machine.clock.advance(ms);
    return promise;
  }
  async function codeOf(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'none',
      (error: { code: string }) => error.code,
    );
  }

  it('is asked for on Redis, and there is a copy of it then', async () => {
    machine.redis.faults.set('records.read', 'none');
    expect(String((await read())?.value)).to.equal('logged in');
    expect((await machine.embedded.records.read(KEY))?.version).to.equal(3);
    machine.redis.faults.clear();
    expect((await read())?.version).to.equal(3);
    expect(asks()).to.equal(1);
  });

  it('is not there when Redis says so', async () => {
    machine.redis.faults.set('records.read', 'none');
    expect(await read('never:made')).to.equal(undefined);
  });

  it('is waited for while Redis is only slow', async () => {
    machine.redis.faults.set('records.read', 'hung');
    const waiting = read();
    let settled = false;
    waiting.catch(() => {}).finally(() => (settled = true));
    await turns();
    await machine.clock.advance(PATIENCE_MS - 1);
    expect(settled).to.equal(false);
    expect(await codeOf(passed(waiting, 1))).to.equal('STATE_UNKNOWN');
  });

  it('is unknown when Redis does not say, and nobody waits long once one has', async () => {
    machine.redis.faults.set('records.read', 'hung');
    await codeOf(passed(read(), PATIENCE_MS));
    expect(await codeOf(passed(read(), DOUBTFUL_PATIENCE_MS))).to.equal('STATE_UNKNOWN');
    // The part of Redis that is well answers within that time.
    machine.redis.faults.set('records.read', 'none');
    expect((await read())?.version).to.equal(3);
  });

  it('is taken for absent when the outage has lasted for a minute', async () => {
    expect(await codeOf(read())).to.equal('STATE_UNKNOWN');
    await machine.clock.advance(MINUTE_MS);
    expect(await read()).to.equal(undefined);
  });

  it('is taken for absent at once, without asking, by those who do not mind', async () => {
    expect(await state.records.read(KEY)).to.equal(undefined);
    expect(asks()).to.equal(0);
  });

  it('is gone when it was deleted here meanwhile, whatever Redis still has', async () => {
    await state.records.delete(KEY);
    machine.redis.faults.set('records.read', 'none');
    expect(await read()).to.equal(undefined);
    expect(asks()).to.equal(0);
    machine.redis.faults.clear();
    expect(await read()).to.equal(undefined);
  });

  it('is asked for when the call itself is the first to find Redis slow', async () => {
    await machine.redisReturns();
    machine.redis.fault = 'hung';
    const asked = read();
    await turns();
    // What was asked first is never answered; by the second time Redis is awake.
    machine.redis.fault = 'none';
    await machine.clock.advance(2 * DETECT_MS);
    expect(state.status().degradedSinceMs).to.not.equal(null);
    expect((await asked)?.version).to.equal(3);
  });
});
