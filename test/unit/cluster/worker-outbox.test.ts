import { expect } from 'chai';
import type { NativeHandle } from '../../../src/cluster/native.ts';
import { type Parcel, WorkerOutbox } from '../../../src/cluster/worker-outbox.ts';
import { HANDLE_COMMAND, type HandleMessage } from '../../../src/ipc/protocol.ts';
import { FakeConnection } from './fixtures/fake-connection.ts';
import { FakeIpc } from './fixtures/fake-ipc.ts';

describe('WorkerOutbox', () => {
  let ipc: FakeIpc;
  let outbox: WorkerOutbox;
  let delivered: string[];
  beforeEach(() => {
    ipc = new FakeIpc();
    outbox = new WorkerOutbox(ipc.asProcess);
    delivered = [];
  });

  function parcel(name: string, message?: HandleMessage, handle: NativeHandle = new FakeConnection()): Parcel {
    return {
      message: message ?? { cmd: HANDLE_COMMAND, type: 'connection', key: name, moved: null },
      handle,
      onDelivered: () => delivered.push(name),
    };
  }

  function listener(name: string): Parcel {
    const message = {
      cmd: HANDLE_COMMAND,
      type: 'listener',
      request: 1,
      key: name,
      data: null,
      sockname: null,
      gatewayPath: null,
    } as const;
    return parcel(name, message);
  }

  function keysOf(parcels: readonly { readonly message: HandleMessage }[]): string[] {
    return parcels.map(({ message }) => ('key' in message ? message.key : ''));
  }

  it('sends the first descriptor at once, with its message', () => {
    const first = parcel('a');
    outbox.push(first);
    expect(ipc.sent).to.deep.equal([{ message: first.message, handle: first.handle }]);
  });

  it('sends one at a time: the next when the worker has the one before', () => {
    for (const name of ['a', 'b', 'c']) outbox.push(parcel(name));
    expect({ sent: keysOf(ipc.sent), delivered, length: outbox.length }).to.deep.equal({
      sent: ['a'],
      delivered: [],
      length: 3,
    });
    ipc.acknowledge();
    expect({ sent: keysOf(ipc.sent), delivered, length: outbox.length }).to.deep.equal({
      sent: ['a', 'b'],
      delivered: ['a'],
      length: 2,
    });
    ipc.acknowledgeAll();
    expect({ sent: keysOf(ipc.sent), delivered, length: outbox.length }).to.deep.equal({
      sent: ['a', 'b', 'c'],
      delivered: ['a', 'b', 'c'],
      length: 0,
    });
  });

  it('pays no heed to other messages on the channel', () => {
    outbox.push(parcel('a'));
    for (const message of [null, {}, { cmd: 'NODE_HANDLE_NACK' }, { cmd: 'NODE_CLUSTER', ack: 1 }]) {
      ipc.emit('internalMessage', message);
    }
    expect({ delivered, length: outbox.length }).to.deep.equal({ delivered: [], length: 1 });
  });

  it('tells for how long the worker has taken nothing', () => {
    expect(outbox.stalledMs(Date.now() + 5_000)).to.equal(0);
    const beforeMs = Date.now();
    outbox.push(parcel('a'));
    expect(outbox.stalledMs(Date.now() + 5_000)).to.be.within(5_000, 5_000 + Date.now() - beforeMs);
    ipc.acknowledge();
    expect(outbox.stalledMs(Date.now() + 5_000)).to.equal(0);
  });

  it('gives back the connections not yet sent, and keeps the one under way', () => {
    for (const name of ['a', 'b', 'c']) outbox.push(parcel(name));
    expect(keysOf(outbox.takeBackQueued())).to.deep.equal(['b', 'c']);
    expect(outbox.length).to.equal(1);
    ipc.acknowledgeAll();
    expect({ sent: keysOf(ipc.sent), delivered }).to.deep.equal({ sent: ['a'], delivered: ['a'] });
  });

  it('keeps the worker’s own listeners when it gives back connections', () => {
    outbox.push(listener('first server'));
    outbox.push(listener('second server'));
    outbox.push(parcel('a'));
    expect(keysOf(outbox.takeBackQueued())).to.deep.equal(['a']);
    ipc.acknowledgeAll();
    expect(delivered).to.deep.equal(['first server', 'second server']);
  });

  it('gives back everything when the worker is dead, that under way first', () => {
    for (const name of ['a', 'b', 'c']) outbox.push(parcel(name));
    ipc.acknowledge();
    ipc.disconnect();
    expect(keysOf(outbox.takeBackAll())).to.deep.equal(['b', 'c']);
    expect({ delivered, length: outbox.length }).to.deep.equal({ delivered: ['a'], length: 0 });
  });

  it('sends nothing on a channel that is closed', () => {
    ipc.disconnect();
    outbox.push(parcel('a'));
    expect({ isOpen: outbox.isOpen, sent: ipc.sent, length: outbox.length }).to.deep.equal({
      isOpen: false,
      sent: [],
      length: 1,
    });
  });

  it('calls back at once when it is empty, else when the worker has all, in order', () => {
    const calls: string[] = [];
    outbox.whenEmpty(() => calls.push('at once'));
    expect(calls).to.deep.equal(['at once']);
    outbox.push(parcel('a'));
    outbox.push(parcel('b'));
    outbox.whenEmpty(() => calls.push('first'));
    outbox.whenEmpty(() => calls.push('second'));
    ipc.acknowledge();
    expect(calls).to.deep.equal(['at once']);
    ipc.acknowledge();
    expect(calls).to.deep.equal(['at once', 'first', 'second']);
  });

  it('calls back when the worker can’t get anything any more', () => {
    let calls = 0;
    outbox.push(parcel('a'));
    outbox.whenEmpty(() => {
      calls += 1;
    });
    ipc.disconnect();
    outbox.whenEmpty(() => {
      calls += 1;
    });
    expect(calls).to.equal(2);
  });
});
