import { expect } from 'chai';
import { CronError, latestFiring, parseCron } from '../../../../../src/scaling/autoscale/schedule/cron.ts';
import {
  parseSchedules,
  runningSchedule,
  ScheduleError,
} from '../../../../../src/scaling/autoscale/schedule/schedule.ts';
import { Bench } from '../fixtures/bench.ts';

const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(text);

function latest(expression: string, when: string, reachMs = 40 * DAY_MS): string | null {
  const firing = latestFiring(parseCron(expression), at(when), reachMs);
  return firing === null ? null : new Date(firing).toISOString().slice(0, 16);
}

describe('a cron expression', () => {
  it('fires at its minute, hour and day, in UTC', () => {
    expect(latest('30 7 * * 1-5', '2026-01-09T12:00Z')).to.equal('2026-01-09T07:30'); // a Friday
    expect(latest('30 7 * * 1-5', '2026-01-09T07:29Z')).to.equal('2026-01-08T07:30');
    expect(latest('30 7 * * 1-5', '2026-01-11T12:00Z')).to.equal('2026-01-09T07:30'); // a Sunday
    expect(latest('*/15 * * * *', '2026-01-09T12:44Z')).to.equal('2026-01-09T12:30');
    expect(latest('0 0 1 * *', '2026-02-15T00:00Z')).to.equal('2026-02-01T00:00');
    expect(latest('5,50 8-10/2 * * *', '2026-01-09T09:00Z')).to.equal('2026-01-09T08:50');
    expect(latest('0 12 * * 7', '2026-01-12T00:00Z')).to.equal('2026-01-11T12:00');
    expect(latest('0 0 29 2 *', '2028-03-10T00:00Z')).to.equal('2028-02-29T00:00');
  });

  it('fires on either day when both are given, as cron does', () => {
    expect(latest('0 0 1 * 1', '2026-01-20T00:00Z')).to.equal('2026-01-19T00:00'); // a Monday
    expect(latest('0 0 15 * 1', '2026-01-16T00:00Z')).to.equal('2026-01-15T00:00');
  });

  it('is not looked for beyond its reach', () => {
    expect(latest('0 0 1 1 *', '2026-01-03T00:00Z', DAY_MS)).to.equal(null);
  });

  it('that is none is refused, with the field and what is allowed', () => {
    const refusals: readonly [string, RegExp][] = [
      ['* * * *', /has 4 fields; cron has 5/],
      ['60 * * * *', /^minute: given "60"; .* from 0 to 59/],
      ['0 24 * * *', /^hour: given "24"/],
      ['0 0 0 * *', /^day of month: given "0"/],
      ['0 0 * 13 *', /^month: given "13"/],
      ['0 0 * * 5-1', /^day of week: given "5-1"/],
      ['0 0 * * MON', /^day of week: given "MON"/],
      ['*/0 * * * *', /^minute: given "\*\/0"/],
    ];
    for (const [expression, message] of refusals) {
      expect(() => parseCron(expression), expression).to.throw(CronError, message);
    }
  });
});

describe('schedules', () => {
  it('are read with their duration and workers', () => {
    const schedules = parseSchedules('30 7 * * 1-5 10h 4; 0 0 24 12 * 2d 6;');
    expect(schedules.map(({ text, lastsMs, workers }) => [text, lastsMs, workers])).to.deep.equal([
      ['30 7 * * 1-5 10h 4', 36_000_000, 4],
      ['0 0 24 12 * 2d 6', 2 * DAY_MS, 6],
    ]);
    expect(parseSchedules('')).to.deep.equal([]);
  });

  it('that can’t be read are refused', () => {
    expect(() => parseSchedules('30 7 * * 1-5 4')).to.throw(
      ScheduleError,
      /must be "minute hour day month weekday duration/,
    );
    expect(() => parseSchedules('30 7 * * 1-5 0h 4')).to.throw(ScheduleError, /given 0h; it lasts 1m to 31d/);
    expect(() => parseSchedules('30 7 * * 1-5 1h 0')).to.throw(ScheduleError, /given 0 workers/);
  });

  it('run from their time, a worker’s start earlier, to the end of their duration', () => {
    const schedules = parseSchedules('0 8 * * * 1h 3; 30 8 * * * 10m 5');
    const most = (when: string) => runningSchedule(schedules, at(when), 2_000)?.workers ?? null;
    expect(most('2026-01-09T07:59:57Z')).to.equal(null);
    expect(most('2026-01-09T07:59:58Z')).to.equal(3);
    expect(most('2026-01-09T08:35:00Z')).to.equal(5);
    expect(most('2026-01-09T08:40:00Z')).to.equal(3);
    expect(most('2026-01-09T09:00:00Z')).to.equal(null);
  });

  it('are a minimum that the scaler keeps, and says so', () => {
    // The bench's clock begins at midnight of 2026-01-01.
    const schedules = parseSchedules('1 0 * * * 1m 4');
    const bench = new Bench({ rules: [], schedules, scaleDownStabilizationMs: 0 });
    expect(bench.run(57)).to.include({ desired: 2 });
    expect(bench.step()).to.include({ desired: 4, reason: 'schedule', action: 'scale-up' });
    expect(bench.step().wouldChange).to.deep.equal([
      'The schedule 1 0 * * * 1m 4 ends at 2026-01-01T00:02:00.000Z; until then there are at least 4 workers.',
    ]);
    expect(bench.state.desired).to.equal(4);
  });
});
