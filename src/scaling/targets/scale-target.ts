/** One thing that is scaled: a container. */
export interface TargetInstance {
  /** Unique for the life of the instance. */
  readonly id: string;
  readonly name: string;
  /** Counts from 1; who leaves, leaves from the top. */
  readonly number: number;
  readonly phase: 'starting' | 'running' | 'draining';
  /** Host under which its control API answers; null: it has none (yet). */
  readonly host: string | null;
  /** Epoch milliseconds; null: unknown. */
  readonly startedAtMs: number | null;
}

/**
 * What the auto-scaler of a stack scales; in the runtime itself the cluster manager takes this place, which converges without being called.
 * `reconcile` says how many there are to be and returns at once; `converge` brings the target nearer to that and is called again and again,
 * so that a step that failed is taken up again by the next call.
 */
export interface ScaleTarget {
  readonly kind: 'compose';
  /** @param why a sentence for the log; null: it stands there already */
  reconcile(desired: number, why: string | null): void;
  /** What there is now, by number. @throws an error with a `code` when the target can't be asked */
  instances(): Promise<readonly TargetInstance[]>;
  /** @throws an error with a `code`; what was begun goes on */
  converge(): Promise<void>;
}
