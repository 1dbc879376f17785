import type { Target } from './scope.ts';

/** More than this many become one that drops every key. */
const TARGETS_LIMIT = 1_000;
const EVERYTHING: Target = { pattern: '*' };

/** Invalidations that the shared state, or Redis behind it, hasn't got yet. They are tried again until it has. */
export class Unspread {
  readonly #spread: (target: Target) => Promise<void>;
  readonly #isDue: () => boolean;
  readonly #retryMs: number;
  readonly #targets = new Map<string, Target>();
  #isTrying = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `spread` does one, or throws; nothing is tried while `isDue` says no. */
  constructor(spread: (target: Target) => Promise<void>, isDue: () => boolean, retryMs: number) {
    this.#spread = spread;
    this.#isDue = isDue;
    this.#retryMs = Math.max(1, retryMs);
  }

  get size(): number {
    return this.#targets.size;
  }

  add(target: Target): void {
    if (this.#targets.size >= TARGETS_LIMIT) {
      // Every value has a key, so this one stands for tags and users too.
      this.#targets.clear();
      this.#put(EVERYTHING);
    } else {
      this.#put(this.#targets.has(nameOf(EVERYTHING)) ? EVERYTHING : target);
    }
    this.#arm();
  }

  /** Whether, because of one, what the shared state has can't be trusted; to ask begins an attempt. */
  blocks(): boolean {
    if (this.#targets.size === 0 || !this.#isDue()) return false;
    void this.#try();
    return true;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #put(target: Target): void {
    // An attempt that is under way for the same target began before this call, so it doesn't count for it: a new object.
    this.#targets.set(nameOf(target), { ...target });
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#targets.size === 0) return;
    this.#timer = setTimeout(() => void this.#try(), this.#retryMs);
    this.#timer.unref();
  }

  async #try(): Promise<void> {
    if (this.#isTrying) return;
    this.#isTrying = true;
    try {
      for (const [name, target] of this.#targets) {
        if (this.#isClosed || !this.#isDue()) break;
        await this.#spread(target);
        if (this.#targets.get(name) === target) this.#targets.delete(name);
      }
    } catch {
      // The state is still away: again after retryMs.
    } finally {
      this.#isTrying = false;
      this.#arm();
    }
  }
}

function nameOf(target: Target): string {
  return JSON.stringify(target);
}
