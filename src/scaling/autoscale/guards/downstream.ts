import { readMetric } from '../metrics/registry.ts';
import { quantity } from '../quantity.ts';
import { GUARD_WINDOW_MS } from '../series.ts';
import { type Guard, hold, meanElu } from './guard.ts';

/** Slow answers from loops that have time and answer at once: the app waits for something that more workers would only ask more of. */
export const downstreamGuard: Guard = ({ policy, evidence, newest, desired }) => {
  const { latencyObjectiveMs, idleEluPercent, loopDelayLowMs } = policy.guards;
  if (newest.fresh === 0) return null;
  const loopDelayMs = newest.loopDelayP99SumMs / newest.fresh;
  if (loopDelayMs > loopDelayLowMs) return null;
  const latency = readMetric(evidence, {
    metric: 'responseTime',
    aggregate: 'p95',
    windowMs: GUARD_WINDOW_MS,
    staleAs: 'absent',
  });
  if (latency.kind !== 'value' || latency.thin !== null || latency.value <= latencyObjectiveMs) return null;
  const elu = meanElu(evidence);
  if (elu === null || elu >= idleEluPercent) return null;
  return hold(
    'blocked:downstream',
    desired,
    `p95 is ${quantity(latency.value, 'ms')} (objective ${quantity(latencyObjectiveMs, 'ms')}) at an event-loop utilization of ${quantity(elu, '%')} and a loop delay of ${quantity(loopDelayMs, 'ms')}`,
  );
};
