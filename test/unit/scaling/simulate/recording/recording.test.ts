import { expect } from 'chai';
import { decide } from '../../../../../src/scaling/autoscale/decide.ts';
import { withoutPin, withPin } from '../../../../../src/scaling/autoscale/pin.ts';
import { createPolicy } from '../../../../../src/scaling/autoscale/policy.ts';
import type { DecisionRecord } from '../../../../../src/scaling/autoscale/record.ts';
import { initialState } from '../../../../../src/scaling/autoscale/state.ts';
import { policyFor, tidegateController } from '../../../../../src/scaling/simulate/controllers/tidegate.ts';
import { runFleet } from '../../../../../src/scaling/simulate/fleet/run.ts';
import { Recorder } from '../../../../../src/scaling/simulate/recording/recorder.ts';
import { RecordingError, replay } from '../../../../../src/scaling/simulate/recording/replay.ts';
import { observation, START_MS, silent, workersAt } from '../../autoscale/fixtures/observations.ts';
import { rule } from '../../autoscale/fixtures/rules.ts';
import { factsOf, steady, workloadOf } from '../scenario.ts';

const POLICY = createPolicy([rule({ name: 'cpu-high', metric: 'cpu', threshold: 70, cooldownMs: 5_000 })], {
  min: 1,
  max: 20,
});

/** A recorded run of a simulated fleet: a step, a silent worker, late reports. */
function recordedRun(): { readonly lines: string[]; readonly records: string[] } {
  const load = [...steady(0.8, 30), ...steady(4, 60), ...steady(0.8, 30)];
  const workload = workloadOf(load, { silent: { fromS: 50, untilS: 70, workers: 1 }, lateReports: 0.05 });
  const facts = factsOf(workload);
  const policy = policyFor(POLICY, facts);
  const lines: string[] = [];
  const records: string[] = [];
  const recorder = new Recorder((line) => lines.push(line), policy, facts.initial);
  const onRound = (seen: Parameters<Recorder['note']>[0], record: DecisionRecord | undefined): void => {
    recorder.note(seen, record as DecisionRecord);
    records.push(JSON.stringify(record));
  };
  runFleet({ workload, facts, seed: 1, onRound }, tidegateController(policy, facts.initial));
  return { lines, records };
}

describe('a recording', () => {
  it('replays to records that are the same to the byte', () => {
    const { lines, records } = recordedRun();
    const replayed: string[] = [];
    const result = replay(lines, { onRecord: (record) => replayed.push(JSON.stringify(record)) });
    // Beside the one of each second, those before their time.
    expect(records.length).to.be.above(120);
    expect(result).to.deep.include({ decisions: records.length, identical: records.length, differences: [] });
    expect(replayed).to.deep.equal(records);
    expect(records.some((record) => record.includes('"action":"scale-up"'))).to.equal(true);
  });

  it('shows where another policy wants another number, from when until when, and why', () => {
    const { lines } = recordedRun();
    const result = replay(lines, { policy: (recorded) => ({ ...recorded, limits: { min: 1, max: 2 } }) });
    expect(result.identical).to.be.below(120);
    const [first] = result.differences;
    expect(first?.recorded).to.be.above(2);
    expect(first?.replayed).to.equal(2);
    expect(first?.untilMs).to.be.at.least(first?.fromMs as number);
    expect(first?.sentence).to.be.a('string').and.not.empty;
  });

  it('keeps what people set by hand, and what could not be observed', () => {
    const lines: string[] = [];
    const recorder = new Recorder((line) => lines.push(line), POLICY, 2);
    let state = initialState(2);
    const pin = { instances: 5, by: 'somebody', reason: 'sale', forMs: 10_000, force: false };
    for (let second = 0; second < 20; second += 1) {
      const nowMs = START_MS + second * 1_000;
      if (second === 3) state = withPin(state, pin, nowMs);
      if (second === 9) state = withoutPin(state);
      const workers = second === 12 ? [...workersAt(1), silent(2)] : workersAt(2);
      const seen =
        second === 6 ? { unobserved: 'a reason' } : observation({ atMs: nowMs, desired: state.desired, workers });
      const decision = decide(POLICY, state, seen, nowMs);
      state = decision.state;
      recorder.note(seen, decision.record);
    }
    expect(replay(lines)).to.deep.include({ decisions: 20, identical: 20 });
  });

  it('is compact: below 200 bytes a second and worker', () => {
    const { lines } = recordedRun();
    const workerSeconds = lines.slice(2).reduce((sum, line) => sum + (JSON.parse(line).o?.workers.length ?? 0), 0);
    expect(lines.slice(2).join('\n').length / workerSeconds).to.be.below(200);
  });

  it('that is none is refused with its line', () => {
    expect(() => replay(['{"t":1,"o":null,"n":1,"d":"0"}'])).to.throw(
      RecordingError,
      /line 1: a decision before the header/,
    );
    expect(() => replay(['hello'])).to.throw(RecordingError, /line 1: "hello" is no JSON/);
    expect(() => replay(['{"kind":"tidegate-recording","version":9}'])).to.throw(RecordingError, /another version/);
    expect(() => replay(['{"a":1}'])).to.throw(RecordingError, /is no line of a recording/);
  });
});
