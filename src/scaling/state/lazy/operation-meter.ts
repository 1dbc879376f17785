import { counter } from '../meters.ts';
import type { SharedState } from '../shared-state.ts';

type Add = (by: number) => void;

/** The counters of one operation. */
interface Counters {
  readonly seconds: Add;
  readonly byOutcome: Map<string, Add>;
}

/** How often each operation was done, how that ended and how long it took. It keeps its counters: they are needed at every call. */
export class OperationMeter {
  readonly #driver: SharedState['driver'];
  readonly #counters = new Map<string, Counters>();

  constructor(driver: SharedState['driver']) {
    this.#driver = driver;
  }

  /** One more of that operation has ended, so. */
  add(operation: string, outcome: string, tookMs: number): void {
    const { seconds, byOutcome } = this.#of(operation);
    seconds(tookMs / 1000);
    let ended = byOutcome.get(outcome);
    if (ended === undefined) {
      ended = counter('shared_state_operations_total', [operation, this.#driver, outcome]);
      byOutcome.set(outcome, ended);
    }
    ended(1);
  }

  #of(operation: string): Counters {
    let counters = this.#counters.get(operation);
    if (counters === undefined) {
      const seconds = counter('shared_state_seconds_total', [operation, this.#driver]);
      counters = { seconds, byOutcome: new Map() };
      this.#counters.set(operation, counters);
    }
    return counters;
  }
}
