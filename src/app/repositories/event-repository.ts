/** What users did, and when. */

export interface NewEvent {
  /** Such as `chat.started`. */
  readonly kind: string;
  readonly userId: string;
  readonly atMs: number;
  /** JSON. */
  readonly payload: unknown;
}

export interface UserEvent extends NewEvent {
  readonly id: string;
}

/** How many events of a kind there were in the hour (UTC) that begins at `hourMs`. */
export interface HourlyCount {
  readonly kind: string;
  readonly hourMs: number;
  readonly count: number;
}

/** A place in a list of events, newest first: behind this one. */
export interface EventPosition {
  readonly atMs: number;
  readonly id: string;
}

export interface EventRepository {
  add(event: NewEvent): Promise<UserEvent>;
  /** From `fromMs` to before `untilMs`, by hour, then kind; hours without events are left out. */
  countsPerHour(fromMs: number, untilMs: number): Promise<readonly HourlyCount[]>;
  /** A user's events, newest first; the next page with `after` the last one of the page before. */
  newestOfUser(userId: string, limit: number, after?: EventPosition): Promise<readonly UserEvent[]>;
}
