import { expect } from 'chai';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { type StateModule, StateModuleError } from '../../../../../src/scaling/state/embedded/state-module.ts';
import type { StateError } from '../../../../../src/scaling/state/errors.ts';

/** A promise's failure. */
async function failure(promise: Promise<unknown>): Promise<StateError> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: StateError) => error,
  );
}

async function all(keys: AsyncIterable<string>): Promise<string[]> {
  const told: string[] = [];
  for await (const key of keys) told.push(key);
  return told.sort();
}

describe('a store inside the process', () => {
  let nowMs = 0;
  let state: LocalState;
  beforeEach(() => {
    nowMs = 0;
    state = new LocalState({ memoryLimitBytes: 1e6, now: () => nowMs });
  });
  afterEach(() => state.close());

  it('gives back bytes that nobody else holds', async () => {
    const given = Buffer.from([0, 255, 128]);
    await state.set('a', given);
    given.fill(1);
    const read = await state.get('a');
    expect(read).to.deep.equal(Buffer.from([0, 255, 128]));
    read?.fill(2);
    expect(await state.get('a')).to.deep.equal(Buffer.from([0, 255, 128]));
  });

  it('reads many keys in their order, with what is missing', async () => {
    await state.set('a', 'A');
    await state.set('c', 'ç');
    const read = await state.getMany(['c', 'b', 'a', 'c']);
    expect(read.map((value) => value?.toString())).to.deep.equal(['ç', undefined, 'A', 'ç']);
    expect(await state.getMany([])).to.deep.equal([]);
  });

  it('lets time pass by its clock', async () => {
    await state.set('a', 'A', { ttlMs: 10 });
    nowMs = 9;
    expect(await state.expire('a', 10)).to.equal(true);
    nowMs = 18;
    expect(await state.get('a')).to.deep.equal(Buffer.from('A'));
    nowMs = 19;
    expect(await state.get('a')).to.equal(undefined);
  });

  it('takes any field name, also those that objects have by nature', async () => {
    await state.hashSet('h', { ['__proto__']: 'x', constructor: 'y' });
    const fields = await state.hashGetAll('h');
    expect(Object.entries(fields).map(([name, value]) => [name, String(value)])).to.deep.equal([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('scans every kind but records by prefix, and living records by themselves', async () => {
    await state.set('p:value', 'x');
    await state.set('p:over', 'x', { ttlMs: 5 });
    await state.increment('p:count', 1, 100);
    await state.hashSet('p:hash', { a: '1' });
    await state.setAdd('p:set', ['a']);
    await state.set('q:value', 'x');
    await state.reservations.reserve('p:reserved', 't', [{ name: 'n', by: 1, max: 1 }]);
    await state.records.compareAndSet('p:record', 0, 'x', { ttlMs: 100 });
    await state.records.compareAndSet('p:deleted', 0, 'x', { ttlMs: 100 });
    await state.records.delete('p:deleted');
    nowMs = 5;
    expect(await all(state.scan('p:'))).to.deep.equal(['p:count', 'p:hash', 'p:set', 'p:value']);
    expect(await all(state.records.scan('p:'))).to.deep.equal(['p:record']);
  });

  it('scans more keys than one round trip tells, each once, while others come and go', async () => {
    const store = new LocalState({ memoryLimitBytes: 1e8 });
    const keys = Array.from({ length: 12_000 }, (_, index) => `k${index}`);
    for (const key of keys) await store.set(key, 'x');
    const told = new Set<string>();
    let count = 0;
    for await (const key of store.scan('k')) {
      told.add(key);
      count++;
      await store.delete([`k${11_999 - count}`]);
      if (count <= 100) await store.set(`new${count}`, 'x');
    }
    expect(count).to.equal(told.size);
    for (let index = 0; index < 5000; index++) expect(told.has(`k${index}`)).to.equal(true);
    await store.close();
  });

  it('brings messages to all who listen, in order, the publisher included', async () => {
    const heard: string[] = [];
    await state.subscribe('c', (message) => heard.push(`1 ${message}`));
    const unsubscribe = await state.subscribe('c', (message) => heard.push(`2 ${message}`));
    await state.subscribe('d', (message) => heard.push(`d ${message}`));
    await state.publish('c', 'a');
    await state.publish('c', 'b');
    await unsubscribe();
    await state.publish('c', 'c');
    await state.ping();
    expect(heard).to.deep.equal(['1 a', '2 a', '1 b', '2 b', '1 c']);
  });

  it('fails with a reason for arguments, by a rejection', async () => {
    const error = await failure(state.set('', 'x'));
    expect(error).to.include({ code: 'STATE_BAD_ARGUMENT', ambiguous: false });
    expect(await failure(state.set('a', 'x', { ttlMs: 0 }))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(state.increment('a', 0.5, 10))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(state.subscribe('', () => {}))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(state.get('a', { timeoutMs: -1 }))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(all(state.scan('x'.repeat(2000))))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await state.get('a')).to.equal(undefined);
  });

  it('does nothing for a caller that has given up', async () => {
    expect(await failure(state.set('a', 'x', { signal: AbortSignal.abort('enough') }))).to.include({
      code: 'STATE_ABORTED',
      cause: 'enough',
      ambiguous: false,
    });
    expect(await state.get('a')).to.equal(undefined);
  });

  it('says that it is closed once it is', async () => {
    await state.close();
    expect(await failure(state.get('a'))).to.include({ code: 'STATE_CLOSED' });
    expect(state.status().connected).to.equal(false);
  });

  it('says how full it is', async () => {
    await state.set('a', 'x');
    const figures = await state.figures();
    expect(figures).to.include({ keys: 1, records: 0, limitBytes: 1e6 });
    expect(state.status().detail).to.deep.include(figures);
  });
});

describe('a module beside the store', () => {
  const calls: unknown[] = [];
  const board: StateModule = {
    name: 'board',
    handle: (operation, argument, connectionId, nowMs) => {
      if (operation === 'refuse') throw new StateModuleError('BOARD_BUSY', 'not now');
      if (operation === 'break') throw new TypeError('a mistake');
      calls.push({ operation, argument, connectionId, nowMs });
      return operation === 'nothing' ? undefined : { got: argument };
    },
    disconnected: (connectionId) => calls.push({ gone: connectionId }),
  };

  it('is called by name, with JSON both ways', async () => {
    calls.length = 0;
    const state = new LocalState({ memoryLimitBytes: 1e6, now: () => 7, modules: [() => board] });
    expect(await state.callModule('board', 'post', { a: [1, 'ö'], b: undefined })).to.deep.equal({
      got: { a: [1, 'ö'] },
    });
    expect(await state.callModule('board', 'nothing', undefined)).to.equal(undefined);
    await state.close();
    expect(calls).to.deep.equal([
      { operation: 'post', argument: { a: [1, 'ö'] }, connectionId: 1, nowMs: 7 },
      { operation: 'nothing', argument: undefined, connectionId: 1, nowMs: 7 },
      { gone: 1 },
    ]);
  });

  it('fails with its own code, and with another for a mistake in it', async () => {
    const state = new LocalState({ memoryLimitBytes: 1e6, modules: [() => board] });
    const refused = await failure(state.callModule('board', 'refuse', null));
    expect(refused).to.be.instanceOf(StateModuleError).and.include({ code: 'BOARD_BUSY', message: 'not now' });
    expect(await failure(state.callModule('board', 'break', null))).to.include({
      code: 'MODULE_FAILED',
      message: 'board.break failed: a mistake',
    });
    expect(await failure(state.callModule('board', 'post', 1n))).to.include({ code: 'STATE_BAD_ARGUMENT' });
    expect(await failure(state.callModule('bored', 'post', null))).to.include({
      code: 'STATE_BAD_ARGUMENT',
      message: 'the store has no module "bored"; it has: board',
    });
    await state.close();
  });

  it('publishes to subscribers, also while it is called', async () => {
    const state = new LocalState({
      memoryLimitBytes: 1e6,
      modules: [
        (publish) => ({
          name: 'crier',
          handle: (_operation, argument) => {
            publish('news', String(argument));
            return 'done';
          },
        }),
      ],
    });
    const heard: string[] = [];
    await state.subscribe('news', (message) => heard.push(String(message)));
    expect(await state.callModule('crier', 'cry', 'hear ye')).to.equal('done');
    await state.ping();
    expect(heard).to.deep.equal(['hear ye']);
    await state.close();
  });
});
