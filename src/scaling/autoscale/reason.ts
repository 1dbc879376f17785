/**
 * Why a decision came out as it did: one closed set of words, the same in logs, metrics, the API, the dashboard and `explain`.
 */
export const REASON_MEANINGS = {
  steady: 'nothing asks for another number of workers',
  rule: 'a rule asked for it',
  demand: 'the offered load asks for it',
  forecast: 'the load is about to ask for it',
  panic: 'a burst: all workers are saturated and work piles up',
  schedule: 'a minimum by schedule',
  pin: 'set by hand',
  floor: 'a minimum set by hand',
  paused: 'scaling is paused',
  disabled: 'automatic scaling is switched off',
  confirming: 'it holds, but not for enough observations yet',
  pending: 'workers that were asked for are not ready yet',
  cooldown: 'the rule acted a short while ago',
  stabilization: 'a higher number was recommended within the stabilization window',
  pace: 'the step is larger than one step may be',
  'limit:min': 'the lower limit of workers',
  'limit:max': 'the upper limit of workers',
  'blocked:memory': 'memory has no room for another worker',
  'blocked:cpu': 'the machine has no core for another worker',
  'blocked:errors': 'requests fail, and another number of workers does not repair that',
  'blocked:crash-loop': 'workers fail to start',
  'blocked:missing-metrics': 'figures are missing',
  'blocked:downstream': 'the app waits for something else than its own event loop',
  'blocked:reload': 'a reload is in progress',
  'blocked:futility': 'the last scale-up brought nothing',
  'release:cpu': 'workers beyond the cores only wait for one another',
  'no-observation': 'nothing could be observed',
} as const satisfies Readonly<Record<string, string>>;

export type Reason = keyof typeof REASON_MEANINGS;

export const REASONS = Object.keys(REASON_MEANINGS) as readonly Reason[];
