/**
 * When a pool is under pressure, as plain data. A level is taken when `raiseSamples` samples in a row are at it or above, and left when
 * `clearSamples` in a row are below its lower bound: a burst of a few milliseconds is no news, and a pool that swings around a bound
 * is told of once.
 */
export type PressureLevel = 'ok' | 'warning' | 'critical';

export interface PoolSample {
  /** Connections in use, those being opened included. */
  readonly used: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  readonly max: number;
}

export interface PressureLimits {
  /** Shares of the pool, 0 to 1. */
  readonly warningAt: number;
  readonly criticalAt: number;
  readonly warningUntil: number;
  readonly criticalUntil: number;
  readonly raiseSamples: number;
  readonly clearSamples: number;
}

const PRESSURE_LIMITS: PressureLimits = {
  warningAt: 0.8,
  criticalAt: 0.95,
  warningUntil: 0.7,
  criticalUntil: 0.85,
  raiseSamples: 2,
  clearSamples: 3,
};

export interface Pressure {
  readonly level: PressureLevel;
  /** Callers have been waiting; until `clearSamples` samples without. */
  readonly waiting: boolean;
  /** Samples in a row that ask for another level, and the nearest level that all of them ask for. */
  readonly streak: { readonly towards: PressureLevel; readonly samples: number } | null;
  readonly samplesWithoutWaiting: number;
}

export const NO_PRESSURE: Pressure = { level: 'ok', waiting: false, streak: null, samplesWithoutWaiting: 0 };

const RANK: Readonly<Record<PressureLevel, number>> = { ok: 0, warning: 1, critical: 2 };

/** The pressure after a sample. */
export function afterSample(
  pressure: Pressure,
  sample: PoolSample,
  limits: PressureLimits = PRESSURE_LIMITS,
): Pressure {
  const { level, streak } = levelAfter(pressure, sample.used / sample.max, limits);
  const samplesWithoutWaiting = sample.waiting > 0 ? 0 : pressure.samplesWithoutWaiting + 1;
  const waiting = sample.waiting > 0 || (pressure.waiting && samplesWithoutWaiting < limits.clearSamples);
  return { level, streak, waiting, samplesWithoutWaiting };
}

function levelAfter(
  { level, streak }: Pressure,
  utilization: number,
  limits: PressureLimits,
): Pick<Pressure, 'level' | 'streak'> {
  const asked = askedLevel(level, utilization, limits);
  if (asked === level) return { level, streak: null };
  const rising = RANK[asked] > RANK[level];
  const goesOn = streak !== null && RANK[streak.towards] > RANK[level] === rising;
  const earlierIsNearer = goesOn && (rising ? RANK[streak.towards] < RANK[asked] : RANK[streak.towards] > RANK[asked]);
  const nearest = earlierIsNearer ? streak.towards : asked;
  const samples = goesOn ? streak.samples + 1 : 1;
  const needed = rising ? limits.raiseSamples : limits.clearSamples;
  return samples >= needed ? { level: nearest, streak: null } : { level, streak: { towards: nearest, samples } };
}

/** The level a sample alone asks for: upwards by the upper bounds, downwards by the lower ones. */
function askedLevel(level: PressureLevel, utilization: number, limits: PressureLimits): PressureLevel {
  if (utilization >= limits.criticalAt) return 'critical';
  if (level === 'critical' && utilization >= limits.criticalUntil) return 'critical';
  if (utilization >= limits.warningAt) return 'warning';
  return level !== 'ok' && utilization >= limits.warningUntil ? 'warning' : 'ok';
}
