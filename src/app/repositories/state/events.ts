import type { SharedState } from 'tidegate/state';
import type { EventPosition, EventRepository, HourlyCount, NewEvent, UserEvent } from '../event-repository.ts';
import { NewestList } from './newest-list.ts';

const HOUR_MS = 3_600_000;
const MOST_EVENTS = 200;
/** As far back as anybody asks, and a day. */
const KEPT_MS = 8 * 24 * HOUR_MS;

/** Events without a database: the newest of each user, and how many there were of each kind in each hour, for eight days. */
export class StateEvents implements EventRepository {
  readonly #state: SharedState;
  readonly #lists: NewestList<UserEvent>;

  constructor(state: SharedState) {
    this.#state = state;
    this.#lists = new NewestList(state, { most: MOST_EVENTS, ttlMs: KEPT_MS });
  }

  async add(event: NewEvent): Promise<UserEvent> {
    const hour = hourKey(event.atMs - (event.atMs % HOUR_MS));
    const [added] = await Promise.all([
      this.#lists.add(userKey(event.userId), (id) => ({ ...event, id })),
      this.#state.hashIncrement(hour, event.kind, 1).then(() => this.#state.expire(hour, KEPT_MS)),
    ]);
    return added;
  }

  /** Counts are kept by the hour: those of an hour that only partly lies in the range are left out unless it begins in it. */
  async countsPerHour(fromMs: number, untilMs: number): Promise<readonly HourlyCount[]> {
    const hours: number[] = [];
    for (let hourMs = Math.ceil(fromMs / HOUR_MS) * HOUR_MS; hourMs < untilMs; hourMs += HOUR_MS) hours.push(hourMs);
    const counts = await Promise.all(
      hours.map(async (hourMs) => {
        const kinds = Object.entries(await this.#state.hashGetAll(hourKey(hourMs)));
        return kinds.sort(([one], [other]) => (one < other ? -1 : 1)).map(([kind, count]) => ({ kind, hourMs, count }));
      }),
    );
    return counts.flat().map(({ count, ...rest }) => ({ ...rest, count: Number(count.toString()) }));
  }

  async newestOfUser(userId: string, limit: number, after?: EventPosition): Promise<readonly UserEvent[]> {
    const events = await this.#lists.read(userKey(userId));
    if (after === undefined) return events.slice(0, limit);
    const { atMs, id } = after;
    return events
      .filter((event) => event.atMs < atMs || (event.atMs === atMs && Number(event.id) < Number(id)))
      .slice(0, limit);
  }
}

function hourKey(hourMs: number): string {
  return `app:events:hour:${hourMs}`;
}

function userKey(userId: string): string {
  return `app:events:user:${userId}`;
}
