/** One forecast that waits for its time to come, beside what "as now" would have said. */
interface Pending {
  readonly dueMs: number;
  readonly forecast: number;
  readonly present: number;
}

export interface ForecastState {
  /** Epoch milliseconds of the latest observation; null: none yet. */
  readonly atMs: number | null;
  readonly level: number;
  /** Erlangs per second. */
  readonly trend: number;
  readonly pending: readonly Pending[];
  /** Mean errors of the forecasts and of "as now", decayed; null: none has come due. */
  readonly error: number | null;
  readonly presentError: number | null;
  /** Forecasts that have come due. */
  readonly judged: number;
}

export const NO_FORECAST: ForecastState = {
  atMs: null,
  level: 0,
  trend: 0,
  pending: [],
  error: null,
  presentError: null,
  judged: 0,
};

export interface Forecast {
  readonly erlangs: number;
  readonly horizonMs: number;
  /** 0..1: by how much it has been better than "as now" lately. */
  readonly confidence: number;
}

/** Time constants: an observation's weight in the level and in the trend after one second is 1 − e^(−1/τ). */
const LEVEL_SECONDS = 2;
const TREND_SECONDS = 8;
/** The trend's share that is left after each second (Gardner and McKenzie's damping): no ramp goes on for ever. */
const DAMPING = 0.98;
/** Of the newest error, in the mean error. */
const ERROR_WEIGHT = 0.1;
/** With fewer forecasts judged, none counts. */
const ENOUGH_JUDGED = 8;
const MOST_PENDING = 32;
/** Where "as now" is off by less, in erlangs, there is nothing to foresee. */
const NEGLIGIBLE = 0.01;

/** Damped Holt (double exponential smoothing) for uneven intervals. */
export function observeLoad(before: ForecastState, erlangs: number, atMs: number): ForecastState {
  if (before.atMs === null) return { ...before, atMs, level: erlangs };
  const seconds = (atMs - before.atMs) / 1_000;
  const damped = before.trend * DAMPING ** seconds;
  const expected = before.level + damped * seconds;
  const levelWeight = 1 - Math.exp(-seconds / LEVEL_SECONDS);
  const trendWeight = 1 - Math.exp(-seconds / TREND_SECONDS);
  const level = expected + levelWeight * (erlangs - expected);
  const trend = damped + (trendWeight * (level - before.level - damped * seconds)) / seconds;
  return judge({ ...before, atMs, level, trend }, erlangs, atMs);
}

function judge(state: ForecastState, erlangs: number, atMs: number): ForecastState {
  const due = state.pending.filter(({ dueMs }) => dueMs <= atMs);
  const pending = state.pending.filter(({ dueMs }) => dueMs > atMs);
  const blend = (mean: number | null, error: number): number =>
    mean === null ? error : mean + ERROR_WEIGHT * (error - mean);
  let { error, presentError } = state;
  for (const { forecast, present } of due) {
    error = blend(error, Math.abs(erlangs - forecast));
    presentError = blend(presentError, Math.abs(erlangs - present));
  }
  return { ...state, pending, error, presentError, judged: Math.min(1_000, state.judged + due.length) };
}

/** `level + trend · (φ + φ² + … )` up to the horizon, never below 0. */
export function extrapolate({ level, trend }: ForecastState, horizonMs: number): number {
  const seconds = horizonMs / 1_000;
  const weight = (DAMPING * (1 - DAMPING ** seconds)) / (1 - DAMPING);
  return Math.max(0, level + trend * weight);
}

/** Notes a forecast, so that it can be judged when its time has come. */
export function noteForecast(state: ForecastState, present: number, horizonMs: number, atMs: number): ForecastState {
  const last = state.pending.at(-1);
  const spacingMs = horizonMs / MOST_PENDING;
  if (last !== undefined && atMs + horizonMs - last.dueMs < spacingMs) return state;
  const noted = { dueMs: atMs + horizonMs, forecast: extrapolate(state, horizonMs), present };
  return { ...state, pending: [...state.pending, noted].slice(-MOST_PENDING) };
}

/** 1 − error ÷ error of "as now", within 0..1: the skill of a forecast, as meteorologists have it. */
export function confidenceOf({ error, presentError, judged }: ForecastState): number {
  if (error === null || presentError === null || judged < ENOUGH_JUDGED || presentError < NEGLIGIBLE) return 0;
  return Math.max(0, Math.min(1, 1 - error / presentError));
}

/** The present load, raised towards the extrapolation by as much as that deserves. It never lowers: a fall is believed when it is seen. */
export function forecastLoad(state: ForecastState, present: number, horizonMs: number): Forecast {
  const confidence = confidenceOf(state);
  const rise = Math.max(0, extrapolate(state, horizonMs) - present);
  return { erlangs: present + confidence * rise, horizonMs, confidence };
}
