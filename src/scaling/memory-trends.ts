/** How each worker's memory grows, and when it reaches its limit if it goes on so. Pure: time comes from the caller. */

/** A look each this often is enough for growth that takes minutes. */
const SPACING_MS = 10_000;
/** Half an hour of looks. */
const MAX_LOOKS = 180;
/** Fewer say nothing: every process grows while it warms up. */
const MIN_LOOKS = 12;
/** How much of the ups and downs a straight line must explain to be called growth (the coefficient of determination). */
const STEADY = 0.6;

export interface WorkerMemory {
  readonly id: number;
  readonly rssBytes: number;
}

export interface MemoryTrend extends WorkerMemory {
  /** Null: not watched long enough, or it goes up and down. */
  readonly bytesPerHour: number | null;
  /** Null: it does not grow, or has no limit. */
  readonly limitInMs: number | null;
}

interface Look {
  readonly atMs: number;
  readonly rssBytes: number;
}

export class MemoryTrends {
  readonly #limitBytes: number;
  readonly #looks = new Map<number, Look[]>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** @param limitBytes at which a worker is recycled; 0: none */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** May be called as often as one likes; workers that are not among these any more are forgotten. */
  observe(workers: readonly WorkerMemory[], nowMs: number): void {
    // A clock that went back: what was seen by the other one has no place on the line.
    if (nowMs < this.#lookedAtMs) this.#looks.clear();
    else if (nowMs - this.#lookedAtMs < SPACING_MS) return;
    this.#lookedAtMs = nowMs;
    const ids = new Set(workers.map(({ id }) => id));
    for (const id of this.#looks.keys()) if (!ids.has(id)) this.#looks.delete(id);
    for (const { id, rssBytes } of workers) {
      const looks = this.#looks.get(id) ?? [];
      looks.push({ atMs: nowMs, rssBytes });
      if (looks.length > MAX_LOOKS) looks.shift();
      this.#looks.set(id, looks);
    }
  }

  get limitBytes(): number | null {
    return this.#limitBytes === 0 ? null : this.#limitBytes;
  }

  trends(): readonly MemoryTrend[] {
    return [...this.#looks].map(([id, looks]) => {
      const { rssBytes } = looks.at(-1) as Look;
      const perMs = growthPerMs(looks);
      const room = this.#limitBytes - rssBytes;
      return {
        id,
        rssBytes,
        bytesPerHour: perMs === null ? null : Math.round(perMs * 3_600_000),
        limitInMs: perMs !== null && perMs > 0 && this.#limitBytes > 0 ? Math.max(0, Math.round(room / perMs)) : null,
      };
    });
  }
}

/** The slope of the line that fits best (least squares), if it fits. */
function growthPerMs(looks: readonly Look[]): number | null {
  if (looks.length < MIN_LOOKS) return null;
  const meanAt = looks.reduce((sum, { atMs }) => sum + atMs, 0) / looks.length;
  const meanBytes = looks.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / looks.length;
  let together = 0;
  let times = 0;
  let bytes = 0;
  for (const { atMs, rssBytes } of looks) {
    together += (atMs - meanAt) * (rssBytes - meanBytes);
    times += (atMs - meanAt) ** 2;
    bytes += (rssBytes - meanBytes) ** 2;
  }
  if (bytes === 0) return 0;
  return together ** 2 / (times * bytes) < STEADY ? null : together / times;
}
