import type { Evidence } from './evidence.ts';
import { readMetric } from './metrics/registry.ts';

/** The p95 and how busy the workers were, before a scale-up. */
export interface Trial {
  readonly before: number;
  readonly after: number;
  readonly p95Ms: number;
  readonly requestsPerSecond: number;
  readonly eluPercent: number;
  /** When all its workers were ready; null: not yet. */
  readonly readyAtMs: number | null;
}

/** A scale-up that brought nothing: no further ones for a time. */
export interface Futile {
  readonly workers: number;
  readonly untilMs: number;
  readonly detail: string;
}

/** A gain is a tenth less latency, or a twentieth more requests. */
const FASTER = 0.9;
const MORE = 1.05;
const WINDOW_MS = 10_000;

interface Figures {
  readonly p95Ms: number;
  readonly requestsPerSecond: number;
  readonly eluPercent: number;
}

function figuresOf(evidence: Evidence): Figures | null {
  const read = (metric: 'responseTime' | 'requestRate' | 'elu', aggregate: 'p95' | 'mean'): number | null => {
    const reading = readMetric(evidence, { metric, aggregate, windowMs: WINDOW_MS, staleAs: 'absent' });
    return reading.kind === 'value' && reading.thin === null ? reading.value : null;
  };
  const [p95Ms, rate, eluPercent] = [read('responseTime', 'p95'), read('requestRate', 'mean'), read('elu', 'mean')];
  const ready = evidence.newest?.ready ?? 0;
  return p95Ms === null || rate === null || eluPercent === null
    ? null
    : { p95Ms, requestsPerSecond: rate * ready, eluPercent };
}

/** A trial begins with a scale-up made because requests are slow; one made in time has nothing to show. */
export function beginTrial(evidence: Evidence, before: number, after: number, objectiveMs: number): Trial | null {
  const figures = figuresOf(evidence);
  return figures === null || figures.p95Ms <= objectiveMs ? null : { before, after, ...figures, readyAtMs: null };
}

/**
 * Goes on with a trial: waits until the workers are ready and have served for the window, then compares.
 * @returns `trial` null when it is over, `futile` a verdict against the scale-up
 */
export function continueTrial(
  trial: Trial,
  evidence: Evidence,
  pending: number | null,
  given: { readonly objectiveMs: number; readonly holdMs: number; readonly nowMs: number },
): { readonly trial: Trial | null; readonly futile: Futile | null } {
  const { nowMs } = given;
  if (trial.readyAtMs === null) {
    return { trial: pending === 0 ? { ...trial, readyAtMs: nowMs } : trial, futile: null };
  }
  if (nowMs - trial.readyAtMs < WINDOW_MS) return { trial, futile: null };
  const now = figuresOf(evidence);
  if (now === null || helped(trial, now, given.objectiveMs)) return { trial: null, futile: null };
  const workers = evidence.newest?.ready ?? trial.after; // others may have added some meanwhile
  const ms = (value: number) => `${Math.round(value)} ms`;
  const perSecond = (value: number) => `${Math.round(value)} requests/s`;
  const detail =
    `${workers} workers served ${perSecond(now.requestsPerSecond)} at a p95 of ${ms(now.p95Ms)}, ` +
    `${trial.before} had served ${perSecond(trial.requestsPerSecond)} at ${ms(trial.p95Ms)}`;
  return { trial: null, futile: { workers, untilMs: nowMs + given.holdMs, detail } };
}

function helped(before: Trial, now: Figures, objectiveMs: number): boolean {
  if (now.p95Ms <= objectiveMs || now.p95Ms <= before.p95Ms * FASTER) return true;
  if (now.requestsPerSecond >= before.requestsPerSecond * MORE) return true;
  // Less than half of the relief that the new workers should have brought is none.
  const relief = 1 - before.before / before.after;
  return now.eluPercent <= before.eluPercent * (1 - relief / 2);
}
