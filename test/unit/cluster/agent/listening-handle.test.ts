import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect } from 'chai';
import type { NativeHandle } from '../../../../src/cluster/agent/internals.ts';
import { ListeningHandle } from '../../../../src/cluster/agent/listening-handle.ts';
import { bindSocket } from '../../../../src/cluster/native.ts';
import { connected, listenQuery, portOf, reach } from '../fixtures/sockets.ts';

/** A bound socket that remembers what was done to it; `pausable` as one that came over IPC is. */
class FakeSocket implements NativeHandle {
  readonly fd = 17;
  readonly done: string[] = [];
  readonly #pausable: boolean;

  constructor(pausable = true) {
    this.#pausable = pausable;
  }

  listen(backlog: number): number {
    this.done.push(`listen ${backlog}`);
    return 0;
  }

  readStart(): number {
    if (!this.#pausable) return -107;
    this.done.push('readStart');
    return 0;
  }

  readStop(): number {
    this.done.push('readStop');
    return 0;
  }

  close(): void {
    this.done.push('close');
  }

  ref(): void {
    this.done.push('ref');
  }

  unref(): void {
    this.done.push('unref');
  }
}

describe('ListeningHandle', () => {
  const handles: ListeningHandle[] = [];
  let closes = 0;
  beforeEach(() => {
    closes = 0;
  });
  afterEach(() => {
    for (const handle of handles.splice(0)) handle.close();
  });

  function handleOn(
    shared: NativeHandle | null,
    given: { readonly sockname?: object; readonly startsPaused?: boolean } = {},
  ): ListeningHandle {
    const handle: ListeningHandle = new ListeningHandle({
      key: 'k',
      kind: 'http',
      server: createServer(),
      shared,
      sockname: given.sockname ?? null,
      accept: (error, client) => handle.deliver(error, client),
      startsPaused: () => given.startsPaused ?? false,
      onClose: () => {
        closes += 1;
      },
    });
    handles.push(handle);
    return handle;
  }

  /** A shared handle that listens, on a socket whose past is forgotten. */
  function listening(pausable = true): { readonly handle: ListeningHandle; readonly socket: FakeSocket } {
    const socket = new FakeSocket(pausable);
    const handle = handleOn(socket);
    expect(handle.listen(511)).to.equal(0);
    socket.done.length = 0;
    return { handle, socket };
  }

  it('tells the socket name that the primary gave, and has no such method for a unix socket', () => {
    const sockname = { address: '127.0.0.1', family: 'IPv4', port: 3001 };
    const out = {};
    expect(handleOn(null, { sockname }).getsockname?.(out)).to.equal(0);
    expect(out).to.deep.equal(sockname);
    expect(handleOn(null).getsockname).to.equal(undefined);
  });

  it('listens on the shared socket with the app’s backlog, and shows its descriptor', () => {
    const socket = new FakeSocket();
    const handle = handleOn(socket);
    handle.listen(77);
    expect(socket.done).to.deep.equal(['listen 77', 'readStart']);
    expect(handle.fd).to.equal(17);
  });

  it('passes on that the kernel refuses to listen, and does not accept then', () => {
    const socket = new FakeSocket();
    socket.listen = () => -98;
    const handle = handleOn(socket);
    expect(handle.listen(511)).to.equal(-98);
    handle.pause();
    handle.stopAccepting();
    expect(socket.done).to.deep.equal([]);
  });

  it('needs no socket of its own when connections are handed over', () => {
    const handle = handleOn(null);
    expect([handle.listen(511), handle.fd]).to.deep.equal([0, -1]);
    handle.pause();
    handle.resume();
    handle.stopAccepting();
  });

  it('pauses and resumes by no longer reading, where that is possible', () => {
    const { handle, socket } = listening();
    handle.pause();
    handle.resume();
    expect(socket.done).to.deep.equal(['readStop', 'readStart']);
    const other = listening(false);
    other.handle.pause();
    other.handle.resume();
    expect(other.socket.done).to.deep.equal([]);
  });

  it('begins paused while others are to accept', () => {
    const socket = new FakeSocket();
    const handle = handleOn(socket, { startsPaused: true });
    handle.listen(511);
    expect(socket.done).to.deep.equal(['listen 511', 'readStart', 'readStop']);
    handle.resume();
    expect(socket.done.at(-1)).to.equal('readStart');
  });

  it('stops accepting once and for good, and stays open for connections handed over', () => {
    const { handle, socket } = listening();
    handle.stopAccepting();
    handle.stopAccepting();
    handle.resume();
    expect(socket.done).to.deep.equal(['close']);
    expect([handle.closed, closes]).to.deep.equal([false, 0]);
    const delivered: unknown[] = [];
    handle.onconnection = (error, client) => delivered.push([error, client]);
    const client = new FakeSocket();
    expect(handle.deliver(0, client)).to.equal(true);
    expect(delivered).to.deep.equal([[0, client]]);
  });

  it('takes no connection after the app has closed its server, which it tells once', async () => {
    const { handle, socket } = listening();
    handle.onconnection = () => expect.fail('delivered');
    await new Promise<void>((resolve) => handle.close(resolve));
    handle.close();
    expect([handle.deliver(0, new FakeSocket()), handle.closed, closes]).to.deep.equal([false, true, 1]);
    expect(socket.done).to.deep.equal(['close']);
  });

  it('takes no connection before a server is there to get it', () => {
    expect(handleOn(null).deliver(0, new FakeSocket())).to.equal(false);
  });

  it('passes ref and unref on to the socket while it accepts', () => {
    const { handle, socket } = listening();
    handle.unref();
    handle.ref();
    handle.stopAccepting();
    handle.ref();
    expect(socket.done).to.deep.equal(['unref', 'ref', 'close']);
  });

  it('keeps the event loop alive as a listening server does, unless unref’d or closed', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const handedOver = handleOn(null);
    expect(timers()).to.equal(before + 1);
    handedOver.unref();
    expect(timers()).to.equal(before);
    handedOver.ref();
    expect(timers()).to.equal(before + 1);
    handedOver.close();
    expect(timers()).to.equal(before);
    const { handle } = listening();
    expect(timers()).to.equal(before);
    handle.pause();
    expect(timers()).to.equal(before + 1);
    handle.resume();
    expect(timers()).to.equal(before);
    handle.stopAccepting();
    expect(timers()).to.equal(before + 1);
    handle.close();
    expect(timers()).to.equal(before);
  });

  it('accepts real connections on a real socket, until it stops', async () => {
    const bound = bindSocket(listenQuery());
    if (typeof bound === 'number') throw new Error(`errno ${bound}`);
    const sockname = {};
    bound.getsockname?.(sockname);
    const handle = handleOn(bound as unknown as NativeHandle, { sockname });
    const accepted = new Promise<NativeHandle | undefined>((resolve) => {
      handle.onconnection = (error, client) => {
        expect(error).to.equal(0);
        resolve(client);
      };
    });
    expect(handle.listen(511)).to.equal(0);
    const client = await connected(portOf(sockname));
    const closed = once(client.resume(), 'close');
    (await accepted)?.close();
    await closed;
    handle.stopAccepting();
    expect(await reach(portOf(sockname))).to.equal('ECONNREFUSED');
  });
});
