import { expect } from 'chai';
import { describeWorker, identifyWorker, processMode } from '../../../../src/app/services/worker-identity.ts';

describe("the app's idea of which process it is", () => {
  it('takes the slot from NODE_APP_INSTANCE and the id from node:cluster', () => {
    const worker = identifyWorker({ env: { NODE_APP_INSTANCE: '2' }, clusterWorkerId: 7, pid: 4711 });
    expect(worker).to.deep.equal({ slot: 2, id: 7, pid: 4711 });
    expect(processMode(worker)).to.equal('cluster-worker');
    expect(describeWorker(worker)).to.equal('worker 2 (pid 4711)');
  });

  it('is a single process outside a cluster', () => {
    const worker = identifyWorker({ env: {}, clusterWorkerId: undefined, pid: 4711 });
    expect(worker).to.deep.equal({ slot: null, id: null, pid: 4711 });
    expect(processMode(worker)).to.equal('single-process');
    expect(describeWorker(worker)).to.equal('single process (pid 4711)');
  });

  it('names a worker by its id when it has no slot', () => {
    const worker = identifyWorker({ env: { NODE_APP_INSTANCE: 'first' }, clusterWorkerId: 7, pid: 4711 });
    expect(worker.slot).to.equal(null);
    expect(describeWorker(worker)).to.equal('worker 7 (pid 4711)');
  });
});
