import type { ClusterStatus, TelemetrySample, TelemetryTotals } from '../../ipc/status.ts';
import type { TotalsLedger } from '../metrics/totals-ledger.ts';

/**
 * All workers of an instance as if they were one: shares of time are means, amounts are sums, the delay is the worst. Null while none
 * has reported. Pure but for the ledger, which keeps the totals from falling when a worker is replaced.
 */
export function instanceSample({ workers }: ClusterStatus, ledger: TotalsLedger): TelemetrySample | null {
  const samples = workers.flatMap(({ sample, phase }) =>
    sample !== null && (phase === 'ready' || phase === 'starting') ? [sample] : [],
  );
  if (samples.length === 0) return null;
  const sum = (of: (sample: TelemetrySample) => number): number => samples.reduce((total, one) => total + of(one), 0);
  const known = samples.every(({ runDelay }) => runDelay !== null);
  return {
    periodMs: Math.max(...samples.map(({ periodMs }) => periodMs)),
    elu: sum(({ elu }) => elu) / samples.length,
    cpu: sum(({ cpu }) => cpu) / samples.length,
    runDelay: known ? sum(({ runDelay }) => runDelay ?? 0) / samples.length : null,
    rssBytes: sum(({ rssBytes }) => rssBytes),
    heapUsedBytes: sum(({ heapUsedBytes }) => heapUsedBytes),
    loopDelayP99Ms: Math.max(...samples.map(({ loopDelayP99Ms }) => loopDelayP99Ms)),
    inFlight: sum(({ inFlight }) => inFlight),
    connections: sum(({ connections }) => connections),
    websockets: sum(({ websockets }) => websockets),
    totals: totalsOf(ledger),
  };
}

function totalsOf(ledger: TotalsLedger): TelemetryTotals {
  const { started, completed, errors, aborted, latencyCounts, latencySumMs } = ledger.traffic;
  const slots = ledger.slots();
  const counted = (name: 'connectionsAccepted' | 'connectionsMovedIn' | 'connectionsMovedOut'): number =>
    slots.reduce((total, slot) => total + ledger.counter(slot, name), 0);
  return {
    connectionsAccepted: counted('connectionsAccepted'),
    connectionsClosed: 0,
    connectionsMovedIn: counted('connectionsMovedIn'),
    connectionsMovedOut: counted('connectionsMovedOut'),
    requestsStarted: started,
    requestsCompleted: completed,
    requestErrors: errors,
    requestsAborted: aborted,
    requests: slots.flatMap((slot) =>
      ledger
        .requests(slot)
        .map(({ method, statusClass, routeClass, count }) => [method, statusClass, routeClass, count] as const),
    ),
    latencyCounts,
    latencySumMs,
  };
}
