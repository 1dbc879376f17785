import { once } from 'node:events';
import net from 'node:net';
import { constants } from 'node:os';
import { expect } from 'chai';
import { HANDLE_COMMAND, type PrimaryMessage } from '../../../src/ipc/protocol.ts';
import { ConnectionBench } from './fixtures/connection-bench.ts';
import type { Sent } from './fixtures/fake-ipc.ts';
import type { FakeWorker } from './fixtures/fake-worker.ts';
import { connected, listenQuery, portOf, reach } from './fixtures/sockets.ts';

describe('ConnectionAcceptor', () => {
  let bench: ConnectionBench;
  afterEach(() => bench.acceptor.close());

  describe('handing over', () => {
    const granted = (worker: FakeWorker): Extract<PrimaryMessage, { type: 'listen-handed' }> => {
      const message = worker.sent.at(-1);
      if (message?.type !== 'listen-handed') throw new Error(`answered ${JSON.stringify(message)}`);
      return message;
    };

    it('accepts by itself, asks the policy and sends the worker the socket', async () => {
      bench = new ConnectionBench(2);
      const [first, second] = bench.workers as [FakeWorker, FakeWorker];
      for (const worker of [first, second]) {
        bench.acceptor.onListen(worker.asHandle, 7, listenQuery({ data: { ticketKeys: 'k' } }));
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
      bench = new ConnectionBench(1);
      const [worker] = bench.workers as [FakeWorker];
      worker.become('starting');
      bench.acceptor.onListen(worker.asHandle, 1, listenQuery());
      const { key, sockname } = granted(worker);
      worker.keys.add(key);
      const client = await connected(portOf(sockname));
      while (bench.dispatcher.status.parked === 0) await new Promise(setImmediate);
      worker.become('ready');
      bench.dispatcher.onAvailable();
      expect(worker.received).to.have.length(1);
      client.destroy();
      worker.ipc.acknowledge();
    });

    it('tells the worker why its listen failed', async () => {
      bench = new ConnectionBench(1);
      const other = net.createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as net.AddressInfo;
      bench.acceptor.onListen(bench.worker(1).asHandle, 3, listenQuery({ port }));
      other.close();
      expect(bench.worker(1).sent).to.deep.equal([
        { type: 'listen-failed', request: 3, errno: -constants.errno.EADDRINUSE },
      ]);
    });

    it('stops accepting when the last worker has closed its server, not when a worker drains', async () => {
      bench = new ConnectionBench(1);
      const [worker] = bench.workers as [FakeWorker];
      bench.acceptor.onListen(worker.asHandle, 1, listenQuery());
      const { key, sockname } = granted(worker);
      worker.become('draining');
      bench.acceptor.onUnlisten(worker.asHandle, key);
      expect(await reach(portOf(sockname))).to.equal('connected');
      worker.become('ready');
      bench.acceptor.onUnlisten(worker.asHandle, key);
      expect(await reach(portOf(sockname))).to.equal('ECONNREFUSED');
    });

    it('refuses connections once it is closed', async () => {
      bench = new ConnectionBench(1);
      bench.acceptor.onListen(bench.worker(1).asHandle, 1, listenQuery());
      const port = portOf(granted(bench.worker(1)).sockname);
      expect(await reach(port)).to.equal('connected');
      await bench.acceptor.close();
      expect(await reach(port)).to.equal('ECONNREFUSED');
    });
  });

  describe('with workers that accept by themselves', () => {
    it('sends each the same bound socket, and never listens on it', async () => {
      bench = new ConnectionBench(2, false);
      for (const worker of bench.workers) bench.acceptor.onListen(worker.asHandle, worker.id, listenQuery());
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
      bench = new ConnectionBench(1, false);
      const { ipc, asHandle } = bench.worker(1);
      for (const index of [0, 1]) bench.acceptor.onListen(asHandle, index, listenQuery({ index }));
      bench.dispatcher.sweep(Date.now() + 1_000);
      ipc.acknowledgeAll();
      expect(ipc.sent.map(({ message }) => (message as { request: number }).request)).to.deep.equal([0, 1]);
    });
  });
});
