import { decide } from '../../autoscale/decide.ts';
import { createPolicy, type PolicyOverrides, type ScalingPolicy } from '../../autoscale/policy.ts';
import { initialState } from '../../autoscale/state.ts';
import type { Controller, RunFacts } from './controller.ts';

/** The live scaler's own `decide()`, with the observations of the simulated fleet. */
export function tidegateController(policy: ScalingPolicy, initial: number): Controller {
  let state = initialState(initial);
  return {
    hearsEarly: true,
    decide({ observation }) {
      const decision = decide(policy, state, observation, observation.atMs);
      state = decision.state;
      return { desired: decision.desired, reason: decision.record.reason, record: decision.record };
    },
  };
}

/** The policy for one run: what it says, with the run's limits and the objective of the service. */
export function policyFor(policy: ScalingPolicy, { limits, profile }: RunFacts): ScalingPolicy {
  const { rules, limits: _own, guards, ...rest } = policy;
  const overrides: PolicyOverrides = { ...rest, guards: { ...guards, latencyObjectiveMs: profile.objectiveMs } };
  return createPolicy(rules, limits, overrides);
}
