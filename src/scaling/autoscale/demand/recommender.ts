import { quantity, rounded } from '../quantity.ts';
import type { Recommendation, Recommender, RecommenderInput, Wanted } from '../recommender.ts';
import type { DemandReport } from '../record.ts';
import { type Assessment, assess } from './assess.ts';

/** Its name where a rule's would stand. */
const BY = 'demand';
const NO_PRIORITY = 0;

/**
 * The demand core as a recommender. Up: at once for a burst, or when the loops are saturated; else when confirmed. Down: to what is
 * needed, when nothing is pending and no burst was lately. While it knows nothing it agrees to no scale-down.
 */
export const demandRecommender: Recommender = {
  recommend(input: RecommenderInput): Recommendation {
    const found = assess(input);
    const nothing = { up: null, down: null, waiting: null, missing: [], verdicts: [], alerts: [] };
    if (found === null) return { ...nothing, demand: null, settle: () => ({}) };
    return {
      ...nothing,
      ...wishes(found, input),
      demand: roundedReport(found.report),
      settle: (acted) => ({ demand: acted === 'up' ? { ...found.next, confirmations: 0 } : found.next }),
    };
  },
};

function wishes(found: Assessment, { desired, pending, policy }: RecommenderInput): Partial<Recommendation> {
  const { report, burst, burstTarget } = found;
  const wish = wishOf(found);
  if (wish.target > desired) {
    const bursts = burst !== null && burstTarget > desired;
    if (bursts || report.urgent || report.confirmations >= policy.requiredConfirmations) return { up: wish };
    return { waiting: { ...wish, reason: 'confirming' } };
  }
  // Where as many are wanted as are needed there is nothing to agree to.
  const fewer = { ...wish, target: Math.min(desired, found.kept) };
  if (fewer.target >= desired || report.panic) return {};
  return pending === 0 ? { down: fewer } : { waiting: { ...fewer, reason: 'pending' } };
}

function wishOf({ report, burst, burstTarget, foreseen, isSure }: Assessment): Wanted {
  if (burst !== null && burstTarget > report.need) {
    const late = quantity(Math.round(burst.backlogMsPerWorker), 'ms');
    const because = `event loops are ${quantity(100 * burst.elu, '%')} busy and ${late} of work waits for each`;
    return { target: burstTarget, by: BY, priority: NO_PRIORITY, because, reason: 'panic', isSure };
  }
  const { offeredLoadErlangs, backlogSeconds, targetUtilization, forecast, need } = report;
  const load = quantity(offeredLoadErlangs, 'erlangs');
  const waiting = backlogSeconds >= 0.1 ? ` and ${quantity(backlogSeconds, 's')} of work that waits` : '';
  const when = foreseen ? ` in ${quantity(forecast.horizonMs / 1_000, 's')}` : '';
  const because = `${load}${waiting}${when}, workers at most ${quantity(100 * targetUtilization, '%')} busy`;
  return { target: need, by: BY, priority: NO_PRIORITY, because, reason: foreseen ? 'forecast' : 'demand', isSure };
}

function roundedReport(report: DemandReport): DemandReport {
  const { forecast } = report;
  return {
    ...report,
    serviceMs: report.serviceMs === null ? null : rounded(report.serviceMs),
    offeredLoadErlangs: rounded(report.offeredLoadErlangs),
    fastErlangs: rounded(report.fastErlangs),
    normalErlangs: rounded(report.normalErlangs),
    backlogSeconds: rounded(report.backlogSeconds),
    targetUtilization: rounded(report.targetUtilization),
    startMs: Math.round(report.startMs),
    forecast: {
      erlangs: rounded(forecast.erlangs),
      horizonMs: Math.round(forecast.horizonMs),
      confidence: rounded(forecast.confidence),
    },
  };
}
