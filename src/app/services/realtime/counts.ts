/** Counts of this worker, added to everybody's once a second. */
import type { Totals } from '../../repositories/state/totals.ts';
import { Rhythm } from '../rhythm.ts';

const COUNTED = ['offers', 'answers', 'candidates', 'messages', 'endedConversations'] as const;
export type Counted = (typeof COUNTED)[number];

const FLUSH_MS = 1_000;

export class RealtimeCounts {
  readonly #totals: Totals;
  readonly #pending = new Map<Counted, number>();
  readonly #rhythm = new Rhythm(
    FLUSH_MS,
    () => this.flush(),
    () => undefined,
  );

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  start(): void {
    this.#rhythm.start();
  }

  count(name: Counted): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + 1);
  }

  /** What could not be added is kept for the next time, unless it may have been added. @throws nothing */
  async flush(): Promise<void> {
    const pending = [...this.#pending];
    this.#pending.clear();
    const added = pending.map(([name, by]) =>
      this.#totals.add(name, by).catch((error: { ambiguous?: boolean }) => {
        if (error.ambiguous !== true) this.#pending.set(name, (this.#pending.get(name) ?? 0) + by);
      }),
    );
    await Promise.all(added);
  }

  /** Of all workers, as of their last flush. */
  async all(): Promise<Readonly<Record<Counted, number>>> {
    const totals = await this.#totals.all();
    return Object.fromEntries(COUNTED.map((name) => [name, totals[name] ?? 0])) as Record<Counted, number>;
  }

  async close(): Promise<void> {
    this.#rhythm.stop();
    await this.flush();
  }
}
