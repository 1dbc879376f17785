import type { Container } from './container.ts';

/**
 * Notices containers that somebody else made or removed, `docker compose up --scale` above all: a number that people change by hand is a
 * wish, not a fault to be undone. Pure but for what it remembers.
 */
export class OtherHands {
  /** Ids at the last look; null: there was none yet. */
  #seen: ReadonlySet<string> | null = null;
  /** Those that the scaler itself made or told to leave. */
  #own: ReadonlySet<string> = new Set();
  #changedTo: number | null = null;

  /** @param leaving ids of those that have been told to leave: they count no more */
  look(containers: readonly Container[], leaving: ReadonlySet<string>): void {
    const ids = new Set(containers.map(({ id }) => id));
    const staying = containers.filter(({ id, state }) => state !== 'ended' && !leaving.has(id));
    const seen = this.#seen;
    if (seen !== null) {
      const came = staying.some(({ id }) => !seen.has(id) && !this.#own.has(id));
      const went = [...seen].some((id) => !ids.has(id) && !this.#own.has(id));
      if (came || went) this.#changedTo = staying.length;
    }
    this.#seen = ids;
    this.#own = new Set([...this.#own].filter((id) => ids.has(id)));
  }

  /** The scaler made this one, or is about to have it leave. */
  note(id: string): void {
    this.#own = new Set([...this.#own, id]);
  }

  /** How many stay since somebody else changed it; null: nobody did since the last call. */
  take(): number | null {
    const changedTo = this.#changedTo;
    this.#changedTo = null;
    return changedTo;
  }

  /** The next look is the first one again. */
  forget(): void {
    this.#seen = null;
    this.#changedTo = null;
  }
}
