/** Whether what the page shows is of now. */

export interface LinkState {
  readonly phase: 'connecting' | 'open' | 'lost';
  /** When the last event with figures came; 0: none yet. */
  readonly figuresAtMs: number;
  /** When the next attempt is made, while lost. */
  readonly retryAtMs: number;
}

export interface LinkText {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'idle';
  /** The figures are too old to be taken for the present. */
  readonly stale: boolean;
}

const STALE_MS = 5_000;
const RETRY_STEPS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

export function describeLink({ phase, figuresAtMs, retryAtMs }: LinkState, nowMs: number): LinkText {
  const ageMs = nowMs - figuresAtMs;
  const age = figuresAtMs === 0 ? '' : `, figures ${Math.round(ageMs / 1_000)} s old`;
  if (phase === 'lost') {
    const seconds = Math.max(0, Math.ceil((retryAtMs - nowMs) / 1_000));
    return { text: `disconnected${age}, next attempt in ${seconds} s`, tone: 'bad', stale: true };
  }
  if (phase === 'connecting') return { text: `connecting${age}`, tone: 'idle', stale: ageMs > STALE_MS };
  if (ageMs > STALE_MS) return { text: `stale${age}`, tone: 'warn', stale: true };
  return { text: 'live', tone: 'good', stale: false };
}

/** Longer with each attempt in a row that failed, up to 15 s; `random` (0..1) spreads pages that lost the same server. */
export function retryDelayMs(failures: number, random: number): number {
  const step = RETRY_STEPS_MS[Math.min(failures, RETRY_STEPS_MS.length - 1)] as number;
  return Math.round(step * (0.8 + 0.4 * random));
}
