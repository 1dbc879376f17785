import { expect } from 'chai';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import { LazyState } from '../../../../../src/scaling/state/lazy/lazy-state.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';

describe('LazyState', () => {
  let opened: number;
  let state: LazyState;

  beforeEach(() => {
    opened = 0;
    state = new LazyState('embedded', async () => {
      opened += 1;
      return new LocalState({ memoryLimitBytes: 1_048_576 });
    });
  });
  afterEach(() => state.close());

  const counted = (operation: string, outcome: string): number =>
    new Map(readMeters()).get(['shared_state_operations_total', operation, 'embedded', outcome].join('\t')) ?? 0;

  it('opens nothing before the first call, and once for all that come at a time', async () => {
    expect(state.status()).to.include({ connected: false });
    expect(opened).to.equal(0);
    await Promise.all([state.set('a', '1'), state.set('b', '2'), state.records.read('c')]);
    expect(opened).to.equal(1);
    expect(state.status()).to.include({ connected: true });
  });

  it('passes every operation on', async () => {
    await state.set('k', 'v', { ttlMs: 60_000 });
    expect(String(await state.get('k'))).to.equal('v');
    expect(await state.getMany(['k', 'none'])).to.deep.equal([Buffer.from('v'), undefined]);
    expect(await state.add('k', 'w')).to.equal(false);
    expect(await state.expire('k', 1_000)).to.equal(true);
    expect(await state.deleteIfEqual('k', 'w')).to.equal(false);
    expect(await state.delete(['k'])).to.equal(1);
    expect(await state.increment('n', 3, 1_000)).to.include({ value: 3 });
    expect(await state.count('n')).to.include({ value: 3 });
    await state.hashSet('h', { f: '1' });
    expect(await state.hashIncrement('h', 'g', 2)).to.equal(2);
    expect(Object.keys(await state.hashGetAll('h'))).to.have.members(['f', 'g']);
    expect(await state.hashDelete('h', ['f'])).to.equal(1);
    expect(await state.setAdd('s', ['x', 'y'])).to.equal(2);
    expect(await state.setRemove('s', ['x'])).to.equal(1);
    expect(await state.setMembers('s')).to.deep.equal(['y']);
    expect(await collect(state.scan('s'))).to.deep.equal(['s']);
    expect(await state.ping()).to.be.a('number');
    const { records, reservations } = state;
    expect(await records.compareAndSet('r', 0, 'one', { ttlMs: 1_000 })).to.deep.equal({ stored: true, version: 1 });
    expect(await records.setIfNewer('r', 5, 'five', { ttlMs: 1_000 })).to.equal(true);
    expect(await records.touch('r', 1_000)).to.equal(true);
    expect(await collect(records.scan('r'))).to.deep.equal(['r']);
    expect(await records.delete('r')).to.equal(true);
    expect(await reservations.reserve('p', 't', [{ name: 'all', by: 1, max: 1 }])).to.deep.equal({ granted: true });
    expect(await reservations.used('p')).to.deep.equal({ all: 1 });
    expect(await reservations.tokens('p')).to.deep.equal(['t']);
    expect(await reservations.release('p', 't')).to.equal(true);
  });

  it('brings messages', async () => {
    const heard = new Promise<string>((resolve) => {
      void state.subscribe('news', (message) => resolve(String(message)));
    });
    await state.publish('news', 'hello');
    expect(await heard).to.equal('hello');
  });

  it('counts what is done, by outcome', async () => {
    const before = [counted('get', 'ok'), counted('get', 'state_bad_argument')];
    await state.get('x');
    const error = await state.get('').catch((caught: unknown) => caught);
    expect(error).to.be.instanceOf(StateError);
    expect([counted('get', 'ok'), counted('get', 'state_bad_argument')]).to.deep.equal(
      before.map((count) => count + 1),
    );
  });

  it('is closed for good', async () => {
    await state.set('a', '1');
    await state.close();
    const error = (await state.get('a').catch((caught: unknown) => caught)) as StateError;
    expect(error.code).to.equal('STATE_CLOSED');
  });
});

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const key of keys) all.push(key);
  return all;
}
