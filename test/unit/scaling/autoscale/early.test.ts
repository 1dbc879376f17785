import { expect } from 'chai';
import { decide } from '../../../../src/scaling/autoscale/decide.ts';
import { createPolicy } from '../../../../src/scaling/autoscale/policy.ts';
import { initialState } from '../../../../src/scaling/autoscale/state.ts';
import { observation, requests, START_MS, workersAt } from './fixtures/observations.ts';

describe('an observation before its time', () => {
  const policy = createPolicy([], { min: 1, max: 10 }, { guards: { latencyObjectiveMs: 200 } });
  let state = initialState(2);
  let nowMs = START_MS;
  beforeEach(() => {
    state = initialState(2);
    for (let second = 0; second < 15; second += 1) {
      nowMs = START_MS + 1_000 * second;
      const workers = workersAt(2, { elu: 0.3, cpu: 0, loopDelayP99Ms: 5, inFlight: 0 });
      const seen = observation({ atMs: nowMs, workers, desired: 2, traffic: requests(60, 10) });
      state = decide(policy, state, seen, nowMs).state;
    }
  });
  const early = (figures: { elu: number; loopDelayP99Ms: number }) => {
    const atMs = nowMs + 400;
    const workers = workersAt(2, { cpu: 0, inFlight: 1, ...figures });
    return decide(policy, state, observation({ atMs, workers, desired: 2, saturatedMs: 300 }), atMs);
  };

  it('starts workers at once for a burst', () => {
    const { desired, record } = early({ elu: 1, loopDelayP99Ms: 300 });
    expect(desired).to.be.above(3);
    expect(record.action).to.equal('scale-up');
  });

  it('changes nothing where the loops are not late', () => {
    expect(early({ elu: 1, loopDelayP99Ms: 20 }).desired).to.equal(2);
  });

  it('is kept in no window, and nothing is learned from it', () => {
    const { state: after } = early({ elu: 1, loopDelayP99Ms: 300 });
    expect(after.series).to.equal(state.series);
    expect(after.learned).to.equal(state.learned);
    const { panic, ...learned } = after.demand;
    expect(panic).to.not.equal(null);
    expect(learned.service).to.deep.equal(state.demand.service);
    expect(learned.queueing).to.deep.equal(state.demand.queueing);
  });
});
