import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type BoundListener, BoundListeners } from '../../../src/cluster/bound-listeners.ts';
import type { ListenQuery } from '../../../src/ipc/protocol.ts';
import { listenQuery, portOf, reach } from './fixtures/sockets.ts';

describe('BoundListeners', () => {
  let listeners: BoundListeners;
  let directory: string;
  beforeEach(() => {
    listeners = new BoundListeners();
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-listen-'));
  });
  afterEach(() => {
    listeners.closeAll();
    rmSync(directory, { recursive: true });
  });

  /** The listener of a query that must not fail. */
  function obtain(workerId: number, query: ListenQuery): BoundListener {
    const obtained = listeners.obtain(workerId, query);
    if (typeof obtained === 'number') throw new Error(`errno ${obtained}`);
    return obtained.listener;
  }

  /** A listener that accepts, so that one can see whether it is open. */
  function listening(workerId: number, query = listenQuery()): { readonly key: string; readonly port: number } {
    const { key, handle, sockname } = obtain(workerId, query);
    handle.onconnection = (_error, client) => client.close();
    expect(handle.listen(511)).to.equal(0);
    return { key, port: portOf(sockname) };
  }

  it('bind a socket, which nobody reaches before it listens', async () => {
    const { key, backlog, sockname } = obtain(1, listenQuery({ backlog: 77 }));
    expect(backlog).to.equal(77);
    expect(sockname).to.include({ address: '127.0.0.1', family: 'IPv4' });
    expect(await reach(portOf(sockname))).to.equal('ECONNREFUSED');
    expect(listeners.get(key)?.backlog).to.equal(77);
  });

  it('give every worker the same socket for the same listen, even for “any port”', () => {
    const first = listeners.obtain(1, listenQuery());
    const second = listeners.obtain(2, listenQuery());
    if (typeof first === 'number' || typeof second === 'number') throw new Error('not bound');
    expect([first.isNew, second.isNew]).to.deep.equal([true, false]);
    expect(second.listener).to.equal(first.listener);
  });

  it('give a worker that listens twice on “any port” two sockets, by index', () => {
    const ports = [0, 1].map((index) => portOf(obtain(1, listenQuery({ index })).sockname));
    expect(new Set(ports).size).to.equal(2);
    expect(portOf(obtain(2, listenQuery({ index: 1 })).sockname)).to.equal(ports[1]);
  });

  it('hand the first worker’s TLS ticket keys to all others', () => {
    expect(obtain(1, listenQuery({ data: { ticketKeys: 'first' } })).data).to.deep.equal({ ticketKeys: 'first' });
    expect(obtain(2, listenQuery({ data: { ticketKeys: 'second' } })).data).to.deep.equal({ ticketKeys: 'first' });
  });

  it('say why a socket can’t be bound, as a negative errno, and remember nothing of it', async () => {
    const other = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const query = listenQuery({ port: (other.address() as net.AddressInfo).port });
    expect(listeners.obtain(1, query)).to.equal(-constants.errno.EADDRINUSE);
    await new Promise((resolve) => other.close(resolve));
    expect(listeners.obtain(1, query)).to.be.an('object');
  });

  it('stay open while any worker listens, and close with the last', async () => {
    const { key, port } = listening(1);
    obtain(2, listenQuery());
    listeners.release(1, key);
    listeners.release(1, key);
    expect(await reach(port)).to.equal('connected');
    listeners.release(2, key);
    expect(await reach(port)).to.equal('ECONNREFUSED');
    expect(listeners.get(key)).to.equal(undefined);
  });

  it('stay open when all workers have died, for those that follow', async () => {
    const { key, port } = listening(1);
    listeners.forget(1);
    expect(await reach(port)).to.equal('connected');
    expect(portOf(obtain(2, listenQuery()).sockname)).to.equal(port);
    listeners.release(1, key);
    expect(await reach(port)).to.equal('connected');
  });

  it('close what no worker holds, when a new version of the app does not listen there any more', async () => {
    const [kept, left] = [listening(1), listening(1, listenQuery({ index: 1 }))];
    obtain(2, listenQuery());
    listeners.forget(1);
    listeners.closeUnheld();
    expect([await reach(kept.port), await reach(left.port)]).to.deep.equal(['connected', 'ECONNREFUSED']);
  });

  it('close all of them, once', async () => {
    const { port } = listening(1);
    listeners.closeAll();
    listeners.closeAll();
    expect(await reach(port)).to.equal('ECONNREFUSED');
  });

  it('bind unix sockets, which have no socket name, with the access that the app asked for', async () => {
    const address = path.join(directory, 'app.sock');
    const unix = { address, port: -1, addressType: -1 };
    const { handle, sockname } = obtain(1, listenQuery({ ...unix, readableAll: true, writableAll: true }));
    expect(sockname).to.equal(null);
    expect(statSync(address).mode & 0o666).to.equal(0o666);
    handle.onconnection = (_error, client) => client.close();
    expect(handle.listen(511)).to.equal(0);
    expect(await reach(address)).to.equal('connected');
  });

  it('bring a unix socket back that the next worker’s app has removed, and remove it when they close', async () => {
    const address = path.join(directory, 'app.sock');
    const query = listenQuery({ address, port: -1, addressType: -1 });
    const { handle } = obtain(1, query);
    handle.onconnection = (_error, client) => client.close();
    expect(handle.listen(511)).to.equal(0);
    rmSync(address);
    obtain(2, query);
    expect(await reach(address)).to.equal('connected');
    listeners.closeAll();
    expect(readdirSync(directory)).to.deep.equal([]);
  });
});
