/** Who is connected: each worker writes a list of its own, which lives only as long as the worker renews it. */
import { randomUUID } from 'node:crypto';
import type { SharedState } from 'tidegate/state';

/** An entry of a worker's list. */
export interface Attendance<Worker = unknown> {
  readonly userId: string;
  readonly name: string;
  readonly worker: Worker;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly state: 'idle' | 'waiting' | 'talking';
  /** Of the conversation, when talking. */
  readonly room: string | null;
}

/** A worker that has not renewed its list for so long is gone, and its users with it. */
export const ROSTER_TTL_MS = 30_000;
const LISTS_KEY = 'app:presence:lists';

export class Roster<Worker = unknown> {
  readonly #state: SharedState;
  readonly #key = listKey(randomUUID());
  /** Fields whose deletion failed; the next renewal tries again. */
  readonly #stale = new Set<string>();

  constructor(state: SharedState) {
    this.#state = state;
  }

  /** Writes an entry of this worker under `field`, such as a connection's id. @throws StateError */
  async put(field: string, entry: Attendance<Worker>): Promise<void> {
    await this.renew({ [field]: entry });
  }

  /** @throws StateError; the next renewal tries again */
  async remove(field: string): Promise<void> {
    this.#stale.add(field);
    await this.#state.hashDelete(this.#key, [field]);
    this.#stale.delete(field);
  }

  /** Writes entries, and begins this worker's time anew. @throws StateError */
  async renew(entries: Readonly<Record<string, Attendance<Worker>>>): Promise<void> {
    const fields = Object.fromEntries(Object.entries(entries).map(([field, entry]) => [field, JSON.stringify(entry)]));
    const stale = [...this.#stale];
    // All asked for at once: an entry that is removed while they are under way must not be written after its removal.
    await Promise.all([
      ...(stale.length > 0 ? [this.#state.hashDelete(this.#key, stale)] : []),
      ...(Object.keys(fields).length > 0
        ? [this.#state.hashSet(this.#key, fields, { ttlMs: ROSTER_TTL_MS }), this.#state.setAdd(LISTS_KEY, [this.#key])]
        : []),
    ]);
    for (const field of stale) this.#stale.delete(field);
  }

  /** Takes this worker's list away. @throws StateError */
  async leave(): Promise<void> {
    await this.#state.delete([this.#key]);
    await this.#state.setRemove(LISTS_KEY, [this.#key]);
  }

  /** All workers' entries, in no order; a user with several connections has several. @throws StateError */
  async all(): Promise<readonly Attendance<Worker>[]> {
    const keys = await this.#state.setMembers(LISTS_KEY);
    const lists = await Promise.all(keys.map((key) => this.#state.hashGetAll(key)));
    const empty = keys.filter((key, index) => key !== this.#key && Object.keys(lists[index] ?? {}).length === 0);
    // A worker that comes back to life enters itself again with its next renewal.
    if (empty.length > 0) await this.#state.setRemove(LISTS_KEY, empty);
    return lists.flatMap((list) =>
      Object.values(list).map((entry) => JSON.parse(entry.toString()) as Attendance<Worker>),
    );
  }
}

function listKey(id: string): string {
  return `app:presence:list:${id}`;
}
