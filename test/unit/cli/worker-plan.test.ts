import { expect } from 'chai';
import { loadConfig } from '../../../config/load.ts';
import { parseWorkersWish, type WorkersWish } from '../../../src/cli/app-definition.ts';
import { planWorkers, type WorkerPlan } from '../../../src/cli/worker-plan.ts';

const CORES = 6;

function plan(wish: string | undefined, env: Record<string, string> = {}): WorkerPlan {
  const { config, sources } = loadConfig({ env });
  const named = wish === undefined ? undefined : { wish: parseWorkersWish(wish) as WorkersWish, name: '-i' };
  return planWorkers(config, sources, named, CORES);
}

describe('planWorkers', () => {
  it('scales from one per core when nothing is said', () => {
    const { instances, options } = plan(undefined);
    expect(instances).to.deep.equal({ kind: 'auto' });
    expect(options).to.deep.equal({ clusterWorkers: 0, autoScalingEnabled: true });
  });

  it('keeps a count that was wished for: the scaler is off', () => {
    const { instances, options } = plan('4');
    expect(instances).to.deep.equal({ kind: 'fixed', count: 4 });
    expect(options).to.deep.equal({ clusterWorkers: 4, autoScalingEnabled: false });
  });

  it('begins with that count and scales when limits were given', () => {
    expect(plan('4', { MAX_INSTANCES: '8' }).options.autoScalingEnabled).to.equal(true);
    expect(plan('4', { MIN_INSTANCES: '2' }).options.autoScalingEnabled).to.equal(true);
    expect(plan('4', { MAX_INSTANCES: '8', AUTO_SCALING_ENABLED: 'false' }).options.autoScalingEnabled).to.equal(false);
  });

  it('takes max for one per core, not scaled', () => {
    const { instances, options } = plan('max');
    expect(instances).to.deep.equal({ kind: 'max' });
    expect(options.autoScalingEnabled).to.equal(false);
  });

  it('scales with auto, unless that is switched off', () => {
    expect(plan('auto').options.autoScalingEnabled).to.equal(true);
    expect(plan('auto', { AUTO_SCALING_ENABLED: 'no' }).options.autoScalingEnabled).to.equal(false);
  });

  it('takes a negative count for all cores but that many, at least one', () => {
    expect(plan('-1').instances).to.deep.equal({ kind: 'fixed', count: CORES - 1 });
    expect(plan('-20').instances).to.deep.equal({ kind: 'fixed', count: 1 });
  });

  it('begins with CLUSTER_WORKERS and scales from there', () => {
    const { instances, options } = plan(undefined, { CLUSTER_WORKERS: '3' });
    expect(instances).to.deep.equal({ kind: 'fixed', count: 3 });
    expect(options.autoScalingEnabled).to.equal(true);
  });

  it('runs one per core, not scaled, when scaling is off and no count is given', () => {
    expect(plan(undefined, { AUTO_SCALING_ENABLED: 'false' }).instances).to.deep.equal({ kind: 'max' });
  });

  it('lets the default of MAX_INSTANCES give way to a greater count, and one that was given not', () => {
    expect(plan('20').options.maxInstances).to.equal(20);
    expect(plan(undefined, { CLUSTER_WORKERS: '20', AUTO_SCALING_ENABLED: 'false' }).options.maxInstances).to.equal(20);
    expect(plan('20', { MAX_INSTANCES: '8' }).options).not.to.have.property('maxInstances');
  });

  it('holds CLUSTER_ENABLED=false to exactly one worker, and says when that overrides a wish', () => {
    const off = { CLUSTER_ENABLED: 'false', MIN_INSTANCES: '2' };
    const { instances, options, warnings } = plan('4', off);
    expect(instances).to.deep.equal({ kind: 'fixed', count: 1 });
    expect(options).to.include({ autoScalingEnabled: false, minInstances: 1, maxInstances: 1 });
    expect(warnings).to.deep.equal(['-i has no effect: CLUSTER_ENABLED means exactly one worker']);
    expect(plan('1', off).warnings).to.deep.equal([]);
    expect(plan(undefined, off).warnings).to.deep.equal([]);
  });
});
