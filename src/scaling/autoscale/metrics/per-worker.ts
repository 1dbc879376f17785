import { mean, samplesWithin } from '../evidence.ts';
import type { Sample } from '../series.ts';
import { type Metric, type MetricQuery, measured, missing } from './metric.ts';

type Sum = (sample: Sample) => number;

/**
 * Mean over the workers, then over the window.
 * Each sample is first turned into a total of all workers, and the mean of the totals divided by the workers there are *now*: what the
 * load was when there were two workers is good evidence about four. So a window that reaches back before a scale-up
 * does not call for the same scale-up again.
 */
function perWorkerMean(unit: Metric['unit'], scale: number, sumOf: Sum): Metric {
  return {
    unit,
    response: 'inverse',
    read(evidence, query, newest) {
      if (judged(newest, query) === 0) {
        return missing(newest.ready === 0 ? 'no worker is ready' : 'no ready worker has figures yet');
      }
      const totals = samplesWithin(evidence, query.windowMs).flatMap((sample) => {
        const count = judged(sample, query);
        return count === 0 ? [] : [(sumOf(sample) / count) * sample.ready];
      });
      // The newest sample is within the window and has a total, so there is a mean.
      return measured(((mean(totals) ?? 0) / newest.ready) * scale);
    },
  };
}

function judged(sample: Sample, query: MetricQuery): number {
  if (sample.fresh === 0) return 0;
  return query.staleAs === 'zero' ? sample.fresh + sample.stale : sample.fresh;
}

/** Percent of one core. */
export const cpu = perWorkerMean('%', 100, (sample) => sample.cpuSum);
/** Event-loop utilization in percent, as rules write every utilization. */
export const elu = perWorkerMean('%', 100, (sample) => sample.eluSum);
/** Requests started and not finished, per worker. */
export const inFlight = perWorkerMean('requests', 1, (sample) => sample.inFlightSum);
