import { expect } from 'chai';
import { ClusterTarget } from '../../../../src/scaling/targets/cluster-target.ts';
import { START_MS, status, worker } from '../fixtures/cluster-fixtures.ts';

describe('the workers of a runtime as a scale target', () => {
  it('are those that live, by slot', async () => {
    const workers = [
      worker({ id: 3, slot: 1, phase: 'starting' }),
      worker({ id: 1, slot: 0, phase: 'ready' }),
      worker({ id: 2, slot: 2, phase: 'stopping' }),
      worker({ id: 4, slot: 3, phase: 'stopped' }),
    ];
    const target = new ClusterTarget({ status: () => status(workers), reconcile: () => {} });
    expect((await target.instances()).map(({ id, number, phase }) => [id, number, phase])).to.deep.equal([
      ['1', 1, 'running'],
      ['3', 2, 'starting'],
      ['2', 3, 'draining'],
    ]);
    expect((await target.instances())[0]).to.include({ name: 'worker 1', host: null, startedAtMs: START_MS });
  });

  it('are reconciled by the cluster, with the reason', async () => {
    const asked: unknown[] = [];
    const target = new ClusterTarget({ status: () => status([]), reconcile: (...args) => asked.push(args) });
    target.reconcile(4, 'a rule asked for it');
    await target.converge();
    expect(asked).to.deep.equal([[4, 'a rule asked for it']]);
  });
});
