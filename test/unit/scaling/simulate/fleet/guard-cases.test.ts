import { expect } from 'chai';
import { createPolicy } from '../../../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../../../src/scaling/autoscale/record.ts';
import { policyFor, tidegateController } from '../../../../../src/scaling/simulate/controllers/tidegate.ts';
import { runFleet } from '../../../../../src/scaling/simulate/fleet/run.ts';
import { profileNamed, type ServiceProfile } from '../../../../../src/scaling/simulate/load/profile.ts';
import { type Workload, workloadNamed } from '../../../../../src/scaling/simulate/load/workload.ts';
import { factsOf } from '../../../../../src/scaling/simulate/matrix/run-job.ts';
import { scoreOf } from '../../../../../src/scaling/simulate/results/score.ts';
import { API, steady, workloadOf } from '../scenario.ts';

const LIMITS = { min: 1, max: 20 };

/** One run of the demand core without rules. */
function run(workload: Workload, profile: ServiceProfile = API, limits = LIMITS, initial?: number) {
  const cell = { seed: 3, profile, startMs: 2_000, cores: 16 };
  const facts = { ...factsOf(workload, cell, limits), ...(initial === undefined ? {} : { initial }) };
  const records: DecisionRecord[] = [];
  const onRound = (_: unknown, record: DecisionRecord | undefined): void => {
    if (record !== undefined) records.push(record);
  };
  const controller = tidegateController(policyFor(createPolicy([], limits), facts), facts.initial);
  const trace = runFleet({ workload, facts, seed: cell.seed, onRound }, controller);
  return { trace, records, score: scoreOf(trace, workload, Array.from(trace.ready), 1) };
}

const named = (name: string): Workload => workloadNamed(name) as Workload;
const reasons = (records: readonly DecisionRecord[]) =>
  new Set(records.flatMap(({ guards }) => guards.map(({ reason }) => reason)));

describe('in the simulator, the demand core', () => {
  it('adds no worker when what is downstream takes twenty times as long', () => {
    const { score, records } = run(named('slow-downstream'), profileNamed('io'));
    expect(score.wrongUps).to.equal(0);
    expect(reasons(records)).to.include('blocked:downstream');
  });

  it('adds no worker for memory that leaks', () => {
    expect(run(named('leak')).score.wrongUps).to.equal(0);
  });

  it('asks for no more while new workers fail to start', () => {
    const { score, records } = run(named('crash-loop'));
    expect(score.wrongUps).to.equal(0);
    expect(reasons(records)).to.include('blocked:crash-loop');
  });

  it('takes no worker away while one is silent', () => {
    const { score, records } = run(named('missing-metrics'));
    expect(score.wrongDowns).to.equal(0);
    expect(reasons(records)).to.include('blocked:missing-metrics');
  });

  it('adds no worker to two cores that two workers keep busy', () => {
    expect(run(named('few-cores')).score.wrongUps).to.equal(0);
  });

  it('goes from eight workers down to the two cores that they share, and says why', () => {
    const { records } = run(workloadOf(steady(6, 240), { machine: { cores: 2 } }), API, { min: 1, max: 8 }, 8);
    const last = records.at(-1);
    expect(last?.desired).to.equal(2);
    expect(last?.guards.map(({ reason }) => reason)).to.include('blocked:cpu');
    expect(last?.sentence).to.match(/wait for a core|share 2 cores/);
  });
});
