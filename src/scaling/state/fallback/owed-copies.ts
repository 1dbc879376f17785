import type { FallbackClock } from './clock.ts';

/** More than this are left to the next read, which makes the copy as well. */
const MOST = 10_000;
const RETRY_MS = 500;
/** At a time, so that a store that has just been overtaxed is not again. */
const AT_A_TIME = 64;

/** Records that the embedded store could not take beside Redis: if Redis went away now, they would be lost, so they are copied soon. */
export class OwedCopies {
  readonly #copy: (key: string) => Promise<unknown>;
  readonly #clock: FallbackClock;
  readonly #keys = new Set<string>();
  #cancel: (() => void) | undefined;
  #ended = false;

  /** @param copy reads both copies and makes them equal; may fail, then it is tried again */
  constructor(copy: (key: string) => Promise<unknown>, clock: FallbackClock) {
    this.#copy = copy;
    this.#clock = clock;
  }

  get count(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    if (this.#keys.size >= MOST || this.#ended) return;
    this.#keys.add(key);
    this.#cancel ??= this.#clock.after(RETRY_MS, () => void this.#round());
  }

  end(): void {
    this.#ended = true;
    this.#cancel?.();
    this.#keys.clear();
  }

  async #round(): Promise<void> {
    const keys = [...this.#keys].slice(0, AT_A_TIME);
    for (const key of keys) this.#keys.delete(key);
    // What fails again adds itself again: by the copy, or here where Redis has gone away.
    await Promise.all(keys.map((key) => this.#copy(key).catch(() => this.#keys.add(key))));
    this.#cancel = undefined;
    if (this.#keys.size > 0 && !this.#ended) this.#cancel = this.#clock.after(RETRY_MS, () => void this.#round());
  }
}
