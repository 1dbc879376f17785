import { expect } from 'chai';
import { HANDLE_COMMAND } from '../../../src/ipc/protocol.ts';
import { ConnectionBench } from './fixtures/connection-bench.ts';
import { FakeConnection } from './fixtures/fake-connection.ts';
import { KEY } from './fixtures/fake-worker.ts';

const realNow = Date.now;

describe('ConnectionDispatcher', () => {
  let bench: ConnectionBench;
  let aheadMs = 0;
  before(() => {
    Date.now = () => realNow() + aheadMs;
  });
  beforeEach(() => {
    aheadMs = 0;
  });
  afterEach(() => bench.dispatcher.close());
  after(() => {
    Date.now = realNow;
  });

  describe('with connections that workers give away', () => {
    it('brings one to the worker it is for, with what moves along', () => {
      bench = new ConnectionBench(3);
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
      bench = new ConnectionBench(2);
      bench.move(1, 2);
      const { claims, active } = bench.worker(2).load;
      expect({ claims, active }).to.deep.equal({ claims: 1, active: 1 });
    });

    it('closes its own copy when the worker has the connection, not before', () => {
      bench = new ConnectionBench(2);
      const connection = bench.move(1, 2);
      expect([connection.closed, bench.dispatcher.busy]).to.deep.equal([0, true]);
      bench.worker(2).ipc.acknowledge();
      expect([connection.closed, bench.dispatcher.busy]).to.deep.equal([1, false]);
    });

    it('asks the policy where no worker is named, with the client’s address and without the giver', () => {
      bench = new ConnectionBench(3);
      bench.wanted = 1;
      bench.move(1, null, new FakeConnection('10.9.8.7'));
      expect(bench.asked).to.deep.equal([{ ids: [2, 3], key: '10.9.8.7' }]);
      expect(bench.sent).to.deep.equal([0, 1, 0]);
    });

    it('asks the policy when the worker that is named can’t take it', () => {
      bench = new ConnectionBench(3);
      bench.worker(3).become('draining');
      bench.move(1, 3);
      bench.move(1, 9);
      bench.worker(3).become('ready');
      bench.worker(3).keys.clear();
      bench.move(1, 3);
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[2], [2], [2]]);
    });

    it('leaves out workers that are not available, and those that do not serve the listener', () => {
      bench = new ConnectionBench(5);
      bench.worker(2).ejected = true;
      bench.worker(3).become('starting');
      bench.worker(4).keys.clear();
      bench.move(1, null);
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[5]]);
    });

    it('gives one back to its giver, which still serves, when there is no other', () => {
      bench = new ConnectionBench(2);
      bench.worker(2).become('draining');
      bench.move(1, 2);
      expect(bench.sent).to.deep.equal([1, 0]);
    });

    it('never gives one back to a worker that drains', () => {
      bench = new ConnectionBench(1);
      bench.worker(1).become('draining');
      bench.move(1, null);
      expect(bench.sent).to.deep.equal([0]);
      expect(bench.dispatcher.status).to.deep.equal({ parked: 1, shed: 0 });
    });
  });

  describe('with nobody to take a connection', () => {
    beforeEach(() => {
      bench = new ConnectionBench(2);
      for (const worker of bench.workers) worker.become('draining');
    });

    it('holds it until somebody is available', () => {
      const connection = bench.move(1, null);
      expect(bench.dispatcher.status).to.deep.equal({ parked: 1, shed: 0 });
      bench.worker(2).become('ready');
      bench.dispatcher.onAvailable();
      expect(bench.worker(2).ipc.sent.map(({ handle }) => handle)).to.deep.equal([connection]);
      expect(bench.dispatcher.status).to.deep.equal({ parked: 0, shed: 0 });
    });

    it('looks again at every sweep, as nobody says that a breaker has closed or a loop runs again', () => {
      bench.move(1, null);
      bench.dispatcher.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 0]);
      bench.worker(2).become('ready');
      bench.dispatcher.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 1]);
    });

    it('closes it after half a minute, and counts it', () => {
      const connection = bench.move(1, null);
      bench.dispatcher.sweep(realNow() + 29_000);
      expect([connection.closed, bench.dispatcher.status.parked]).to.deep.equal([0, 1]);
      bench.dispatcher.sweep(realNow() + 31_000);
      expect([connection.closed, bench.dispatcher.status]).to.deep.equal([1, { parked: 0, shed: 1 }]);
    });

    it('closes more than ten thousand at once', () => {
      const connections = Array.from({ length: 10_002 }, () => bench.move(1, null));
      expect(bench.dispatcher.status).to.deep.equal({ parked: 10_000, shed: 2 });
      expect(connections.filter(({ closed }) => closed === 1)).to.deep.equal(connections.slice(10_000));
    });

    it('closes all it holds when it is closed itself', async () => {
      const connection = bench.move(1, null);
      bench.dispatcher.close();
      expect([connection.closed, bench.dispatcher.status.parked]).to.deep.equal([1, 0]);
    });
  });

  describe('with a worker that takes nothing', () => {
    it('gives to others what waits behind the connection that the worker has not taken', () => {
      bench = new ConnectionBench(3);
      for (let count = 0; count < 3; count += 1) bench.move(1, 2);
      expect(bench.sent).to.deep.equal([0, 1, 0]);
      aheadMs = 251;
      bench.dispatcher.sweep(Date.now());
      expect(bench.asked.map(({ ids }) => ids)).to.deep.equal([[3], [3]]);
      bench.worker(3).ipc.acknowledgeAll();
      expect(bench.sent).to.deep.equal([0, 1, 2]);
    });

    it('is patient for a quarter of a second', () => {
      bench = new ConnectionBench(3);
      for (let count = 0; count < 3; count += 1) bench.move(1, 2);
      bench.dispatcher.sweep(realNow() + 200);
      expect(bench.asked).to.deep.equal([]);
    });

    it('holds new connections back from it, and gives them to it as soon as it takes again', () => {
      bench = new ConnectionBench(2);
      bench.worker(1).become('draining');
      bench.move(1, null);
      aheadMs = 300;
      bench.move(1, null);
      bench.dispatcher.sweep(Date.now());
      expect([bench.sent, bench.dispatcher.status.parked]).to.deep.equal([[0, 1], 1]);
      bench.worker(2).ipc.acknowledge();
      bench.dispatcher.sweep(Date.now());
      expect([bench.sent, bench.dispatcher.status.parked]).to.deep.equal([[0, 2], 0]);
    });

    it('gives to others all that a dead worker never got', () => {
      bench = new ConnectionBench(3);
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
      bench = new ConnectionBench(3);
      bench.move(1, 2);
      bench.worker(2).ipc.connected = false;
      bench.dispatcher.sweep(Date.now());
      expect(bench.sent).to.deep.equal([0, 1, 1]);
      bench.move(1, null);
      expect(bench.asked.at(-1)?.ids).to.deep.equal([3]);
    });
  });
});
