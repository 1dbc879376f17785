/** What is to be done, in units that need no explanation. */
export interface LoadPlan {
  readonly target: string;
  /** A ready-made journey's name, or a module's URL. */
  readonly journey: string;
  readonly users: number;
  readonly durationMs: number;
  readonly rampMs: number;
  readonly thinkMs: readonly [least: number, most: number];
  /** Open loop: so many rounds are begun each second, whatever becomes of those before. Null, closed loop: when the user is free. */
  readonly ratePerS: number | null;
  readonly timeoutMs: number;
  /** Loopback addresses to come from. */
  readonly sources: number;
  /** For journeys that ask for one path. */
  readonly path: string;
  readonly ca: string | null;
  readonly processes: number;
}

/** One process's share of a plan: the users and rounds whose number leaves `part` when divided by `parts`. */
export interface Share {
  readonly plan: LoadPlan;
  readonly part: number;
  readonly parts: number;
  /** Milliseconds since 1970. */
  readonly startAtMs: number;
}
