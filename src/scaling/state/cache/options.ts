/** How a cache is set up. All times in milliseconds. */
export interface CacheOptions {
  /** Names the cache in the shared state and in metrics: letters, digits, `_`, `.`, `-`; at most 64. Caches of one name share their values. */
  readonly name: string;
  /** How long a value is fresh, from when it was loaded. */
  readonly ttlMs: number;
  /**
   * How long after that it is still served while one process loads it anew. Default 0: not at all.
   * An invalidated value is not served, stale or not.
   */
  readonly staleMs?: number;
  /** Most values kept in this process (L1); the least recently used go first. Default 1,000; 0: none. */
  readonly maxEntries?: number;
  /** Most bytes of JSON kept in this process. Default 67,108,864. */
  readonly maxBytes?: number;
  /**
   * How long a value in this process is served without asking the shared state. This bounds how long an invalidation goes unseen
   * whose notice was lost. Default 5,000, at most `ttlMs`.
   */
  readonly l1TtlMs?: number;
  /** How long `undefined` from a loader counts as a value. Default 0: not at all. `null` is a value like any other. */
  readonly undefinedTtlMs?: number;
  /** Longest value, as bytes of JSON; a longer one is returned and not kept. Default 1,048,576. */
  readonly maxValueBytes?: number;
  /**
   * How long the right to load a key lasts when its holder has died; a living holder renews it. The others wait this long, and one
   * `pollMs`, before one of them loads. Default 2,000.
   */
  readonly lockMs?: number;
  /** Longest wait for another process's load, or for an earlier call in this one; then the caller loads for itself. Default 10,000. */
  readonly waitMs?: number;
  /** How often a waiting process looks, in case that a notice was lost. Default 100. */
  readonly pollMs?: number;
  /** How long one call on the shared state may take before the cache goes on without it. Default 250. */
  readonly stateTimeoutMs?: number;
  /** How long the cache goes on without the shared state after it failed. Default 1,000. */
  readonly stateRetryMs?: number;
  /** Wall clock; tests move it by hand. */
  readonly nowMs?: () => number;
}

/** The same with every default filled in. */
export type CacheSettings = Required<CacheOptions>;

const DEFAULTS = {
  staleMs: 0,
  maxEntries: 1_000,
  maxBytes: 67_108_864,
  l1TtlMs: 5_000,
  undefinedTtlMs: 0,
  maxValueBytes: 1_048_576,
  lockMs: 2_000,
  waitMs: 10_000,
  pollMs: 100,
  stateTimeoutMs: 250,
  stateRetryMs: 1_000,
};

const LEAST: Readonly<Record<keyof typeof DEFAULTS | 'ttlMs', number>> = {
  ttlMs: 1,
  staleMs: 0,
  maxEntries: 0,
  maxBytes: 1,
  l1TtlMs: 1,
  undefinedTtlMs: 0,
  maxValueBytes: 1,
  lockMs: 100,
  waitMs: 0,
  pollMs: 1,
  stateTimeoutMs: 1,
  stateRetryMs: 0,
};

/** @throws RangeError that names the option, what was given and what is allowed. */
export function settingsOf(options: CacheOptions): CacheSettings {
  if (!/^[\w.-]{1,64}$/.test(options.name)) {
    throw new RangeError(`name is "${options.name}"; it must have 1 to 64 letters, digits, "_", "." or "-"`);
  }
  const settings: CacheSettings = { ...DEFAULTS, nowMs: Date.now, ...defined(options) };
  for (const [option, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    const given = settings[option];
    if (!Number.isSafeInteger(given) || given < least) {
      throw new RangeError(
        `${option} of cache ${options.name} is ${given}; it must be a whole number of at least ${least}`,
      );
    }
  }
  return { ...settings, l1TtlMs: Math.min(settings.l1TtlMs, settings.ttlMs) };
}

/** An option given as undefined means its default. */
function defined(options: CacheOptions): CacheOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as CacheOptions;
}
