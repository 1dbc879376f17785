import type { SharedState, VersionedRecord } from '../shared-state.ts';
import type { FallbackClock } from './clock.ts';
import type { Marks } from './marks.ts';
import type { RecordCopies } from './record-copies.ts';
import { type Told, UNKNOWN } from './shadow.ts';
import { within } from './within.ts';

/** A Redis that is only slow, or of which one node was away for a moment, answers within this time. */
const PATIENCE_MS = 1_000;
/** For so long after one ask without an answer the next ones are told at once what is told at once. */
const DOUBT_MS = 1_000;
/** The nodes of a Cluster that are well answer within some milliseconds, so asking them is worth this much even then. */
const DOUBTFUL_PATIENCE_MS = 50;
/** More than these at once are not asked for: a Redis that comes back has better things to do. */
const MOST_AT_ONCE = 500;

/**
 * Asks Redis, although the embedded store stands in for it, for records that this machine has no copy of: who was always served elsewhere
 * has a session all the same. Redis is taken for away after 250 ms and until probes have gone well for half a second, and is mostly
 * there for a part of that time.
 */
export class RecordInquiry {
  readonly #primary: SharedState;
  readonly #copies: RecordCopies;
  readonly #marks: Marks;
  readonly #clock: FallbackClock;
  #underWay = 0;
  #failedMs = Number.NEGATIVE_INFINITY;

  constructor(primary: SharedState, copies: RecordCopies, marks: Marks, clock: FallbackClock) {
    this.#primary = primary;
    this.#copies = copies;
    this.#marks = marks;
    this.#clock = clock;
  }

  /** What Redis has, which this machine has a copy of then; `known` false: it did not say. @throws StateError of the embedded store */
  async ask(key: string): Promise<Told<VersionedRecord | undefined>> {
    if (await this.#marks.isDeleted(key)) return { known: true, value: undefined };
    if (this.#underWay >= MOST_AT_ONCE) return UNKNOWN;
    const isDoubtful = this.#clock.nowMs() - this.#failedMs < DOUBT_MS;
    const timeoutMs = isDoubtful ? DOUBTFUL_PATIENCE_MS : PATIENCE_MS;
    let remote: VersionedRecord | undefined;
    this.#underWay += 1;
    try {
      remote = await within(this.#primary.records.read(key, { timeoutMs }), timeoutMs, this.#clock);
    } catch {
      if (!isDoubtful) this.#failedMs = this.#clock.nowMs();
      return UNKNOWN;
    } finally {
      this.#underWay -= 1;
    }
    if (remote === undefined || (await this.#copies.lower(key, remote)) === 'deleted') {
      return { known: true, value: undefined };
    }
    return { known: true, value: remote };
  }
}
