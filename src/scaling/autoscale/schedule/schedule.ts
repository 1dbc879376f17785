import { type Cron, latestFiring, parseCron } from './cron.ts';

/** A minimum of workers that begins at certain times and lasts. */
export interface Schedule {
  /** As it was written. */
  readonly text: string;
  readonly cron: Cron;
  readonly lastsMs: number;
  readonly workers: number;
}

/** A schedule that can't be read. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
  readonly code = 'SCHEDULE_INVALID';
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 31 * 86_400_000;
const FORM =
  'must be "minute hour day month weekday duration workers", such as 30 7 * * 1-5 10h 4, several separated by ;';

/**
 * @param text e.g. `30 7 * * 1-5 10h 4; 0 0 24 12 * 2d 6`: at least 4 workers for ten hours from 7:30 UTC on weekdays, and 6 over Christmas
 * @throws ScheduleError, CronError
 */
export function parseSchedules(text: string): readonly Schedule[] {
  const entries = text.split(';').map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '').map(parseSchedule);
}

function parseSchedule(text: string): Schedule {
  const match = /^(.*\S)\s+(\d{1,4})([mhd])\s+(\d{1,4})$/.exec(text);
  if (match === null) throw new ScheduleError(`schedule "${text}": ${FORM}`);
  const [, expression, amount, unit, count] = match as unknown as [string, string, string, string, string];
  const lastsMs = Number(amount) * (UNITS_MS[unit] as number);
  const workers = Number(count);
  if (lastsMs < 60_000 || lastsMs > LONGEST_MS) {
    throw new ScheduleError(`schedule "${text}": given ${amount}${unit}; it lasts 1m to 31d`);
  }
  if (workers < 1) throw new ScheduleError(`schedule "${text}": given ${count} workers; at least 1`);
  return { text, cron: parseCron(expression), lastsMs, workers };
}

/**
 * The schedule with the most workers of those that are running.
 * @param aheadMs it begins so much earlier, so that its workers are ready in time
 */
export function runningSchedule(schedules: readonly Schedule[], nowMs: number, aheadMs: number): Schedule | null {
  let most: Schedule | null = null;
  for (const schedule of schedules) {
    const firedMs = latestFiring(schedule.cron, nowMs + aheadMs, schedule.lastsMs + aheadMs);
    const runs = firedMs !== null && nowMs < firedMs + schedule.lastsMs;
    if (runs && schedule.workers > (most?.workers ?? 0)) most = schedule;
  }
  return most;
}
