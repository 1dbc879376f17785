/** The events of `/api/stream`: one at once, then one a second. */

export interface Tick {
  readonly tick: number;
  readonly of: number;
}

/** Resolves after `ms`; rejects when `signal` aborts. `node:timers/promises` has it. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<unknown>;

const TICK_MS = 1_000;

/** Yields `seconds` ticks, and returns after as many seconds. Rejects with what `wait` rejects with. */
export async function* ticks(seconds: number, wait: Wait, signal: AbortSignal): AsyncGenerator<Tick, void, undefined> {
  for (let tick = 1; tick <= seconds; tick += 1) {
    yield { tick, of: seconds };
    await wait(TICK_MS, signal);
  }
}
