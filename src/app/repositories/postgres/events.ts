import type { Queryable } from 'tidegate/database';
import type { EventPosition, EventRepository, HourlyCount, NewEvent, UserEvent } from '../event-repository.ts';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly user_id: string;
  readonly at: Date;
  readonly payload: unknown;
}

export class PostgresEvents implements EventRepository {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async add(event: NewEvent): Promise<UserEvent> {
    const { kind, userId, atMs, payload } = event;
    const { rows } = await this.#database.query<Pick<Row, 'id'>>(
      'INSERT INTO events (kind, user_id, at, payload) VALUES ($1, $2, $3, $4::jsonb) RETURNING id',
      [kind, userId, new Date(atMs), JSON.stringify(payload)],
    );
    return { ...event, id: (rows[0] as Row).id };
  }

  async countsPerHour(fromMs: number, untilMs: number): Promise<readonly HourlyCount[]> {
    const { rows } = await this.#database.read<{ kind: string; hour: Date; count: number }>(
      `SELECT kind, date_trunc('hour', at, 'UTC') AS hour, count(*)::float8 AS count FROM events
       WHERE at >= $1 AND at < $2 GROUP BY hour, kind ORDER BY hour, kind`,
      [new Date(fromMs), new Date(untilMs)],
    );
    return rows.map(({ kind, hour, count }) => ({ kind, hourMs: hour.getTime(), count }));
  }

  async newestOfUser(userId: string, limit: number, after?: EventPosition): Promise<readonly UserEvent[]> {
    const { rows } =
      after === undefined
        ? await this.#database.read<Row>(
            `SELECT id, kind, user_id, at, payload FROM events WHERE user_id = $1
             ORDER BY at DESC, id DESC LIMIT $2`,
            [userId, limit],
          )
        : await this.#database.read<Row>(
            `SELECT id, kind, user_id, at, payload FROM events WHERE user_id = $1 AND (at, id) < ($2, $3)
             ORDER BY at DESC, id DESC LIMIT $4`,
            [userId, new Date(after.atMs), after.id, limit],
          );
    return rows.map(({ id, kind, user_id, at, payload }) => ({
      id,
      kind,
      userId: user_id,
      atMs: at.getTime(),
      payload,
    }));
  }
}
