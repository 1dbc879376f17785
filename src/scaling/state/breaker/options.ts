import { BreakerError } from './errors.ts';

/** All whole numbers of at least 1. */
export interface BreakerOptions {
  /** So many failures in a row open it; 5. */
  readonly failureThreshold?: number;
  /** So many successes in a row close it again; 2. As many calls at most are let through at once while it is half-open. */
  readonly successThreshold?: number;
  /** A call that takes longer counts as failed and is rejected with CIRCUIT_TIMEOUT; 10,000. */
  readonly timeoutMs?: number;
  /** How long it stays open before calls are tried again; 60,000. */
  readonly resetTimeoutMs?: number;
  /** Which rejections count against the other side; by default all. One that doesn't counts as a success: it did answer. */
  readonly isFailure?: (error: unknown) => boolean;
}

export type BreakerSettings = Required<BreakerOptions>;

const DEFAULTS: BreakerSettings = {
  failureThreshold: 5,
  successThreshold: 2,
  timeoutMs: 10_000,
  resetTimeoutMs: 60_000,
  isFailure: () => true,
};

/** Node fires a timer of more than this at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @throws BreakerError BREAKER_OPTIONS for a figure that is not a whole number of at least 1 */
export function settingsOf(name: string, options: BreakerOptions): BreakerSettings {
  const settings = { ...DEFAULTS, ...options };
  for (const figure of ['failureThreshold', 'successThreshold', 'timeoutMs', 'resetTimeoutMs'] as const) {
    const given = settings[figure];
    if (Number.isInteger(given) && given >= 1 && given <= LONGEST_TIMER_MS) continue;
    const allowed = `a whole number from 1 to ${LONGEST_TIMER_MS}`;
    throw new BreakerError('BREAKER_OPTIONS', name, `${figure} of breaker ${name} is ${given}; it must be ${allowed}`);
  }
  return settings;
}

/** The first figure in which a second request for a breaker differs from what it was made with. */
export function differenceBetween(settings: BreakerSettings, options: BreakerOptions): string | undefined {
  for (const figure of ['failureThreshold', 'successThreshold', 'timeoutMs', 'resetTimeoutMs'] as const) {
    const asked = options[figure];
    if (asked !== undefined && asked !== settings[figure]) return `${figure} ${settings[figure]}, not ${asked}`;
  }
  return undefined;
}
