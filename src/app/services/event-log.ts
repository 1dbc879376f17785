/** What users did is written beside their requests: it neither delays nor fails them. */
import type { EventRepository, HourlyCount } from '../repositories/event-repository.ts';

export interface EventLogReport {
  readonly written: number;
  readonly failed: number;
  /** Not even tried, because too many were under way. */
  readonly dropped: number;
  readonly underWay: number;
}

const HOUR_MS = 3_600_000;
/** A database that hangs must not fill the memory. */
const MOST_UNDER_WAY = 1_000;

export class EventLog {
  readonly #events: EventRepository;
  readonly #nowMs: () => number;
  readonly #underWay = new Set<Promise<void>>();
  #written = 0;
  #failed = 0;
  #dropped = 0;

  constructor(events: EventRepository, nowMs: () => number = Date.now) {
    this.#events = events;
    this.#nowMs = nowMs;
  }

  note(kind: string, userId: string, payload: unknown = {}): void {
    if (this.#underWay.size >= MOST_UNDER_WAY) {
      this.#dropped += 1;
      return;
    }
    const writing = this.#events.add({ kind, userId, atMs: this.#nowMs(), payload }).then(
      () => {
        this.#written += 1;
      },
      () => {
        this.#failed += 1;
      },
    );
    this.#underWay.add(writing);
    void writing.then(() => this.#underWay.delete(writing));
  }

  /** How many of each kind there were in each of the last `hours` hours (UTC), this one included. */
  countsOfLast(hours: number): Promise<readonly HourlyCount[]> {
    const nextHourMs = (Math.floor(this.#nowMs() / HOUR_MS) + 1) * HOUR_MS;
    return this.#events.countsPerHour(nextHourMs - hours * HOUR_MS, nextHourMs);
  }

  report(): EventLogReport {
    return {
      written: this.#written,
      failed: this.#failed,
      dropped: this.#dropped,
      underWay: this.#underWay.size,
    };
  }

  /** Resolves when everything noted so far is written, or has failed. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
