/**
 * The state table of one health probe. A level is reached when the last `rise` values in a row demand it (and for `forMs`, as
 * in Prometheus' alert rules), and left when the last `fall` values in a row are past its clear value: a figure that
 * swings around a threshold changes nothing.
 */

export type HealthLevel = 'ok' | 'warning' | 'critical' | 'unknown';

/** Values at which a level begins and ends. `clear` is on the good side of `set`, or equal to it. */
export interface Threshold {
  readonly set: number;
  readonly clear: number;
  /** Values in a row that must demand the level; at least 1. */
  readonly rise: number;
  /** And the time they must span; 0 by default. */
  readonly forMs?: number;
}

export interface ProbeSpec {
  /** Kebab case; the same word in the API, the metric and the alert. */
  readonly name: string;
  /** Of the value: `ratio`, `ms`, `workers` … */
  readonly unit: string;
  /** On which side of a threshold it is bad. */
  readonly worseWhen: 'above' | 'below';
  readonly warning?: Threshold;
  readonly critical?: Threshold;
  /** Values in a row that must be past the clear value before a level is left; at least 1. */
  readonly fall: number;
  /** Missing values in a row after which the level is unknown; at least 1. */
  readonly unknownAfter: number;
}

type Severity = 0 | 1 | 2;

interface Run {
  readonly count: number;
  readonly sinceMs: number;
}

export interface ProbeState {
  readonly level: HealthLevel;
  readonly sinceMs: number;
  /** The latest value; null: it was missing. */
  readonly value: number | null;
  readonly missing: number;
  /** Held while values are missing, so that their return finds the thresholds where they were. */
  readonly severity: Severity;
  /** Values in a row that demanded at least a warning, at least critical. */
  readonly rising: { readonly warning: Run; readonly critical: Run };
  /** Values in a row that demanded at most ok, at most a warning. */
  readonly falling: { readonly ok: number; readonly warning: number };
}

export interface LevelChange {
  readonly from: HealthLevel;
  readonly to: HealthLevel;
}

const LEVELS = ['ok', 'warning', 'critical'] as const;

function noRun(nowMs: number): Run {
  return { count: 0, sinceMs: nowMs };
}

function quiet(nowMs: number): Pick<ProbeState, 'rising' | 'falling'> {
  return { rising: { warning: noRun(nowMs), critical: noRun(nowMs) }, falling: { ok: 0, warning: 0 } };
}

/** Nothing is known yet. */
export function initialState(nowMs: number): ProbeState {
  return { level: 'unknown', sinceMs: nowMs, value: null, missing: 0, severity: 0, ...quiet(nowMs) };
}

/**
 * One step of the table.
 * @param value undefined: could not be measured
 * @param nowMs any clock, the same at each step
 */
export function evaluate(
  spec: ProbeSpec,
  state: ProbeState,
  value: number | undefined,
  nowMs: number,
): { readonly state: ProbeState; readonly changed?: LevelChange } {
  const next = value === undefined ? withoutValue(spec, state, nowMs) : withValue(spec, state, value, nowMs);
  if (next.level === state.level) return { state: next };
  return { state: { ...next, sinceMs: nowMs }, changed: { from: state.level, to: next.level } };
}

function withoutValue(spec: ProbeSpec, state: ProbeState, nowMs: number): ProbeState {
  const missing = state.missing + 1;
  const level = missing >= spec.unknownAfter ? 'unknown' : state.level;
  return { ...state, level, value: null, missing, ...quiet(nowMs) };
}

function withValue(spec: ProbeSpec, state: ProbeState, value: number, nowMs: number): ProbeState {
  const demand = demanded(spec, state.severity, value);
  const rising = {
    warning: demand >= 1 ? extended(state.rising.warning, nowMs) : noRun(nowMs),
    critical: demand >= 2 ? extended(state.rising.critical, nowMs) : noRun(nowMs),
  };
  const falling = {
    ok: demand === 0 ? state.falling.ok + 1 : 0,
    warning: demand <= 1 ? state.falling.warning + 1 : 0,
  };
  let severity = state.severity;
  if (severity < 2 && isReached(spec.critical, rising.critical, nowMs)) severity = 2;
  else if (severity < 1 && isReached(spec.warning, rising.warning, nowMs)) severity = 1;
  else if (severity > 0 && falling.ok >= spec.fall) severity = 0;
  else if (severity > 1 && falling.warning >= spec.fall) severity = 1;
  return { ...state, level: LEVELS[severity], value, missing: 0, severity, rising, falling };
}

function extended(run: Run, nowMs: number): Run {
  // A clock that went back: it has lasted since now, not since a moment that is still to come.
  return { count: run.count + 1, sinceMs: run.count === 0 ? nowMs : Math.min(run.sinceMs, nowMs) };
}

function isReached(threshold: Threshold | undefined, run: Run, nowMs: number): boolean {
  if (threshold === undefined || run.count < threshold.rise) return false;
  return nowMs - run.sinceMs >= (threshold.forMs ?? 0);
}

/** What the value alone asks for, given the level held: a level held is kept up to and without its clear value. */
function demanded(spec: ProbeSpec, held: Severity, value: number): Severity {
  const badness = spec.worseWhen === 'above' ? 1 : -1;
  const demands = (threshold: Threshold | undefined, isHeld: boolean): boolean => {
    if (threshold === undefined) return false;
    if (badness * value >= badness * threshold.set) return true;
    return isHeld && badness * value > badness * threshold.clear;
  };
  if (demands(spec.critical, held === 2)) return 2;
  return demands(spec.warning, held >= 1) ? 1 : 0;
}
