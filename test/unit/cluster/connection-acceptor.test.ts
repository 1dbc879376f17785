import { once } from 'node:events';
import net from 'node:net';
import { constants } from 'node:os';
import { expect } from 'chai';
import { ConnectionAcceptor } from '../../../src/cluster/connection-acceptor.ts';
import { WorkerPool } from '../../../src/cluster/worker-pool.ts';
import { HANDLE_COMMAND, type PrimaryMessage } from '../../../src/ipc/protocol.ts';
import type { Policy } from '../../../src/scaling/balancing/policy.ts';
import { FakeConnection } from './fixtures/fake-connection.ts';
import type { Sent } from './fixtures/fake-ipc.ts';
import { type FakeWorker, KEY, workers } from './fixtures/fake-worker.ts';
import { connected, listenQuery, portOf, reach } from './fixtures/sockets.ts';

const realNow = Date.now;

/** An acceptor whose policy takes the worker that the test wants, else the first. */
class Bench {
  readonly workers: readonly FakeWorker[];
  readonly pool = new WorkerPool();
  readonly acceptor: ConnectionAcceptor;
  /** What the policy was asked: the ids it could choose from, and the client's address. */
  readonly asked: { readonly ids: number[]; readonly key: string | undefined }[] = [];
  wanted = 0;

  constructor(count: number, handOver = true) {
    this.workers = workers(count);
    for (const worker of this.workers) this.pool.add(worker.asHandle);
    const policy: Policy = {
      name: 'as the test wants',
      pick: (pool, { key }) => {
        this.asked.push({ ids: pool.map(({ id }) => id), key });
        return pool.find(({ id }) => id === this.wanted) ?? pool[0];
      },
    };
    const { pool } = this;
    this.acceptor = new ConnectionAcceptor({ pool, policy, handOver, random: () => 0, onActivity: () => {} });
  }

  worker(id: number): FakeWorker {
    return this.workers[id - 1] as FakeWorker;
  }

  /** A connection that worker `from` gives away. */
  move(
    from: number,
    to: number | null,
    handle = new FakeConnection(),
    keepAliveLeftMs: number | null = null,
  ): FakeConnection {
    const message = { cmd: HANDLE_COMMAND, type: 'move', key: KEY, to, moved: { keepAliveLeftMs } } as const;
    this.acceptor.onMove(this.worker(from).asHandle, message, handle);
    return handle;
  }

  /** The worker's process ends. */
  kill(id: number): void {
    const worker = this.worker(id);
    worker.become('stopped');
    worker.ipc.disconnect();
    this.pool.remove(worker.asHandle);
    this.acceptor.onGone(worker.asHandle);
  }

  /** How many connections were sent to each worker. */
  get sent(): number[] {
    return this.workers.map(({ ipc }) => ipc.sent.length);
  }
}

describe('ConnectionAcceptor', () => {
  let bench: Bench;
  let aheadMs = 0;
  before(() => {
    Date.now = () => realNow() + aheadMs;
  });
  beforeEach(() => {
    aheadMs = 0;
  });
  afterEach(() => bench.acceptor.close());
  after(() => {
    Date.now = realNow;
  });

  describe('with connections that workers give away', () => {
    it('brings one to the worker it is for, with what moves along', () => {
      bench = new Bench(3);
      const connection = bench.move(1, 3, undefined, 4_000);
      expect(bench.worker(3).ipc.sent).to.deep.equal([
        {
          message: { cmd: HANDLE_COMMAND, type: 'connection', key: KEY, moved: { keepAliveLeftMs: 4_000 } },
          handle: connection,
        },
      ]);
      expect(bench.asked).to.deep.equal([]);
    });

    it('claims the worker in the same step', () => {
      bench = new Bench(2);
      bench.move(1, 2);
      const { claims, active } = bench.worker(2).load;
      expect({ claims, active }).to.deep.equal({ claims: 1, active: 1 });
    });

    it('closes its own copy when the worker has the connection, not before', () => {
      bench = new Bench(2);
      const connection = bench.move(1, 2);
      expect([connection.closed, bench.acceptor.busy]).to.deep.equal([0, true]);
      bench.worker(2).ipc.acknowledge();
      expect([connection.closed, bench.acceptor.busy]).to.deep.equal([1, false]);
    });

    it('asks the policy where no worker is named, with the client’s address and without the giver', () => {
      bench = new Bench(3);
      bench.wanted = 1;
      bench.move(1, null, new FakeConnection('10.9.8.7'));
      expect(bench.asked).to.deep.equal([{ ids: [2, 3], key: '10.9.8.7' }]);
      expect(bench.sent).to.deep.equal([0, 1, 0]);
    });

    it('asks the policy when the worker that is named can’t take it', () => {
      bench = new Bench(3);
      bench.worker(3).become('draining');
      bench.move(1, 3);
      bench.move(1, 9);
      bench.worker(3).become('ready');
      bench.worker(3).keys.clear();
      bench.move(1, 3);
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[2], [2], [2]]);
    });

    it('leaves out workers that are not available, and those that do not serve the listener', () => {
      bench = new Bench(5);
      bench.worker(2).ejected = true;
      bench.worker(3).become('starting');
      bench.worker(4).keys.clear();
      bench.move(1, null);
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[5]]);
    });

    it('gives one back to its giver, which still serves, when there is no other', () => {
      bench = new Bench(2);
      bench.worker(2).become('draining');
      bench.move(1, 2);
      expect(bench.sent).to.deep.equal([1, 0]);
    });

    it('never gives one back to a worker that drains', () => {
      bench = new Bench(1);
      bench.worker(1).become('draining');
      bench.move(1, null);
      expect(bench.sent).to.deep.equal([0]);
      expect(bench.acceptor.status).to.deep.equal({ parked: 1, shed: 0 });
    });
  });

  describe('with nobody to take a connection', () => {
    beforeEach(() => {
      bench = new Bench(2);
      for (const worker of bench.workers) worker.become('draining');
    });

    it('holds it until somebody is available', () => {
      const connection = bench.move(1, null);
      expect(bench.acceptor.status).to.deep.equal({ parked: 1, shed: 0 });
      bench.worker(2).become('ready');
      bench.acceptor.onAvailable();
      expect(bench.worker(2).ipc.sent.map(({ handle }) => handle)).to.deep.equal([connection]);
      expect(bench.acceptor.status).to.deep.equal({ parked: 0, shed: 0 });
    });

    it('looks again at every sweep, as nobody says that a breaker has closed or a loop runs again', () => {
      bench.move(1, null);
      bench.acceptor.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 0]);
      bench.worker(2).become('ready');
      bench.acceptor.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 1]);
    });

    it('closes it after half a minute, and counts it', () => {
      const connection = bench.move(1, null);
      bench.acceptor.sweep(realNow() + 29_000);
      expect([connection.closed, bench.acceptor.status.parked]).to.deep.equal([0, 1]);
      bench.acceptor.sweep(realNow() + 31_000);
      expect([connection.closed, bench.acceptor.status]).to.deep.equal([1, { parked: 0, shed: 1 }]);
    });

    it('closes more than ten thousand at once', () => {
      const connections = Array.from({ length: 10_002 }, () => bench.move(1, null));
      expect(bench.acceptor.status).to.deep.equal({ parked: 10_000, shed: 2 });
      expect(connections.filter(({ closed }) => closed === 1)).to.deep.equal(connections.slice(10_000));
    });

    it('closes all it holds when it is closed itself', async () => {
      const connection = bench.move(1, null);
      await bench.acceptor.close();
      expect([connection.closed, bench.acceptor.status.parked]).to.deep.equal([1, 0]);
    });
  });

  describe('with a worker that takes nothing', () => {
    it('gives to others what waits behind the connection that the worker has not taken', () => {
      bench = new Bench(3);
      for (let count = 0; count < 3; count += 1) bench.move(1, 2);
      expect(bench.sent).to.deep.equal([0, 1, 0]);
      aheadMs = 251;
      bench.acceptor.sweep(Date.now());
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[3], [3]]);
      bench.worker(3).ipc.acknowledgeAll();
      expect(bench.sent).to.deep.equal([0, 1, 2]);
    });

    it('is patient for a quarter of a second', () => {
      bench = new Bench(3);
      for (let count = 0; count < 3; count += 1) bench.move(1, 2);
      bench.acceptor.sweep(realNow() + 200);
      expect(bench.asked).to.deep.equal([]);
    });

    it('holds new connections back from it, and gives them to it as soon as it takes again', () => {
      bench = new Bench(2);
      bench.worker(1).become('draining');
      bench.move(1, null);
      aheadMs = 300;
      bench.move(1, null);
      bench.acceptor.sweep(Date.now());
      expect([bench.sent, bench.acceptor.status.parked]).to.deep.equal([[0, 1], 1]);
      bench.worker(2).ipc.acknowledge();
      bench.acceptor.sweep(Date.now());
      expect([bench.sent, bench.acceptor.status.parked]).to.deep.equal([[0, 2], 0]);
    });

    it('gives to others all that a dead worker never got', () => {
      bench = new Bench(3);
      const connections = Array.from({ length: 3 }, () => bench.move(1, 2));
      bench.worker(2).ipc.acknowledge();
      bench.kill(2);
      bench.worker(1).ipc.acknowledgeAll();
      bench.worker(3).ipc.acknowledgeAll();
      const handles = [1, 3].flatMap((id) => bench.worker(id).ipc.sent.map(({ handle }) => handle));
      expect(handles).to.have.members(connections.slice(1));
      expect(connections.map(({ closed }) => closed)).to.deep.equal([1, 1, 1]);
    });

    it('gives to others what can’t reach a worker whose app has closed the channel', () => {
      bench = new Bench(3);
      bench.move(1, 2);
      bench.worker(2).ipc.connected = false;
      bench.acceptor.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 1, 1]);
      bench.move(1, null);
      expect(bench.asked.at(-1)?.ids).to.deep.equal([3]);
    });
  });

  describe('handing over', () => {
    const granted = (worker: FakeWorker): Extract<PrimaryMessage, { type: 'listen-handed' }> => {
      const message = worker.sent.at(-1);
      if (message?.type !== 'listen-handed') throw new Error(`answered ${JSON.stringify(message)}`);
      return message;
    };

    it('accepts by itself, asks the policy and sends the worker the socket', async () => {
      bench = new Bench(2);
      const [first, second] = bench.workers as [FakeWorker, FakeWorker];
      for (const worker of [first, second]) {
        bench.acceptor.listen(worker.asHandle, 7, listenQuery({ data: { ticketKeys: 'k' } }));
      }
      const { request, key, data, sockname } = granted(second);
      expect({ request, key, data }).to.deep.equal({ request: 7, key: granted(first).key, data: { ticketKeys: 'k' } });
      second.keys.add(key);
      const client = await connected(portOf(sockname));
      if (second.ipc.sent.length === 0) await once(second.ipc, 'sent');
      expect(second.received).to.deep.equal([{ cmd: HANDLE_COMMAND, type: 'connection', key, moved: null }]);
      expect(bench.asked).to.deep.equal([{ ids: [2], key: '127.0.0.1' }]);
      const closed = once(client.resume(), 'close');
      second.ipc.acknowledge(); // nobody else has a copy here, so the client sees that the primary's is closed
      await closed;
    });

    it('holds a connection that comes while no worker is ready', async () => {
      bench = new Bench(1);
      const [worker] = bench.workers as [FakeWorker];
      worker.become('starting');
      bench.acceptor.listen(worker.asHandle, 1, listenQuery());
      const { key, sockname } = granted(worker);
      worker.keys.add(key);
      const client = await connected(portOf(sockname));
      while (bench.acceptor.status.parked === 0) await new Promise(setImmediate);
      worker.become('ready');
      bench.acceptor.onAvailable();
      expect(worker.received).to.have.length(1);
      client.destroy();
      worker.ipc.acknowledge();
    });

    it('tells the worker why its listen failed', async () => {
      bench = new Bench(1);
      const other = net.createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as net.AddressInfo;
      bench.acceptor.listen(bench.worker(1).asHandle, 3, listenQuery({ port }));
      other.close();
      expect(bench.worker(1).sent).to.deep.equal([
        { type: 'listen-failed', request: 3, errno: -constants.errno.EADDRINUSE },
      ]);
    });

    it('stops accepting when the last worker has closed its server, not when a worker drains', async () => {
      bench = new Bench(1);
      const [worker] = bench.workers as [FakeWorker];
      bench.acceptor.listen(worker.asHandle, 1, listenQuery());
      const { key, sockname } = granted(worker);
      worker.become('draining');
      bench.acceptor.unlisten(worker.asHandle, key);
      expect(await reach(portOf(sockname))).to.equal('connected');
      worker.become('ready');
      bench.acceptor.unlisten(worker.asHandle, key);
      expect(await reach(portOf(sockname))).to.equal('ECONNREFUSED');
    });

    it('refuses connections once it is closed', async () => {
      bench = new Bench(1);
      bench.acceptor.listen(bench.worker(1).asHandle, 1, listenQuery());
      const port = portOf(granted(bench.worker(1)).sockname);
      expect(await reach(port)).to.equal('connected');
      await bench.acceptor.close();
      expect(await reach(port)).to.equal('ECONNREFUSED');
    });
  });

  describe('with workers that accept by themselves', () => {
    it('sends each the same bound socket, and never listens on it', async () => {
      bench = new Bench(2, false);
      for (const worker of bench.workers) bench.acceptor.listen(worker.asHandle, worker.id, listenQuery());
      const [first, second] = bench.workers.map(({ ipc }) => ipc.sent[0]) as [Sent, Sent];
      expect(second.handle).to.equal(first.handle);
      const { request, sockname, ...message } = second.message as { request: number; sockname: object };
      expect({ request, ...message }).to.deep.include({
        cmd: HANDLE_COMMAND,
        type: 'listener',
        request: 2,
        data: null,
      });
      expect(await reach(portOf(sockname))).to.equal('ECONNREFUSED');
    });

    it('gets its socket to a worker that was blocked when it asked', () => {
      bench = new Bench(1, false);
      const { ipc, asHandle } = bench.worker(1);
      for (const index of [0, 1]) bench.acceptor.listen(asHandle, index, listenQuery({ index }));
      aheadMs = 1_000;
      bench.acceptor.sweep(Date.now());
      ipc.acknowledgeAll();
      expect(ipc.sent.map(({ message }) => (message as { request: number }).request)).to.deep.equal([0, 1]);
    });
  });
});
