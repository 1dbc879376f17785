/** Five-field cron expressions in UTC: minute, hour, day of month, month, day of week. */

/** Lists are from the largest to the smallest: what is looked for is the latest firing. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 = Sunday. */
  readonly weekdays: readonly number[];
  /** Day of month and day of week are both restricted: as in Vixie's cron, either will do. */
  readonly eitherDay: boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
}

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12 },
  { name: 'day of week', min: 0, max: 7 },
];

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** An expression that is none; `message` says which field, what was given and what is allowed. */
export class CronError extends Error {
  override readonly name = 'CronError';
  readonly code = 'CRON_INVALID';
}

/**
 * @param expression e.g. `30 7 * * 1-5`, with `*`, numbers, ranges, steps and lists
 * @throws CronError
 */
export function parseCron(expression: string): Cron {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw new CronError(`"${expression}" has ${parts.length} fields; cron has 5: minute hour day month weekday`);
  }
  const lists = FIELDS.map((field, index) => parseField(parts[index] as string, field));
  const [minutes, hours, days, months, week] = lists as [number[], number[], number[], number[], number[]];
  const weekdays = [...new Set(week.map((day) => day % 7))];
  return { minutes, hours, days, months, weekdays, eitherDay: parts[2] !== '*' && parts[4] !== '*' };
}

function parseField(text: string, { name, min, max }: Field): number[] {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(part);
    const from = match?.[1] === undefined ? min : Number(match[1]);
    const step = match?.[3] === undefined ? 1 : Number(match[3]);
    const open = match?.[1] === undefined || (match[2] === undefined && match[3] !== undefined);
    const to = match?.[2] === undefined ? (open ? max : from) : Number(match[2]);
    if (match === null || from < min || to > max || from > to || step < 1) {
      throw new CronError(
        `${name}: given "${part}"; must be *, a number or a range from ${min} to ${max}, or those /step`,
      );
    }
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return [...values].sort((one, other) => other - one);
}

/**
 * The latest time at or before `atMs` at which the expression fires.
 * @param reachMs how far to look back
 * @returns epoch milliseconds; null: none within reach
 */
export function latestFiring(cron: Cron, atMs: number, reachMs: number): number | null {
  const earliestMs = atMs - reachMs;
  for (let dayMs = Math.floor(atMs / DAY_MS) * DAY_MS; dayMs + DAY_MS > earliestMs; dayMs -= DAY_MS) {
    if (!firesOn(cron, new Date(dayMs))) continue;
    const latest = latestWithin(cron, dayMs, atMs);
    if (latest !== null) return latest < earliestMs ? null : latest;
  }
  return null;
}

function firesOn({ days, months, weekdays, eitherDay }: Cron, date: Date): boolean {
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const [byDay, byWeekday] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
  return eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function latestWithin({ hours, minutes }: Cron, dayMs: number, atMs: number): number | null {
  for (const hour of hours) {
    for (const minute of minutes) {
      const firingMs = dayMs + (hour * 60 + minute) * MINUTE_MS;
      if (firingMs <= atMs) return firingMs;
    }
  }
  return null;
}
