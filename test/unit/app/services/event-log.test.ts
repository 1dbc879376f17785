import { expect } from 'chai';
import type { EventRepository, NewEvent } from '../../../../src/app/repositories/event-repository.ts';
import { EventLog } from '../../../../src/app/services/event-log.ts';

const HOUR_MS = 3_600_000;

describe('the log of events', () => {
  /** Notes what it is given; each addition ends when the test says so. */
  class Held implements EventRepository {
    readonly added: NewEvent[] = [];
    readonly ends: { readonly ok: () => void; readonly fail: () => void }[] = [];
    asked: readonly number[] = [];

    add(event: NewEvent) {
      this.added.push(event);
      return new Promise<NewEvent & { id: string }>((resolve, reject) => {
        this.ends.push({ ok: () => resolve({ ...event, id: '1' }), fail: () => reject(new Error('down')) });
      });
    }
    async countsPerHour(fromMs: number, untilMs: number) {
      this.asked = [fromMs, untilMs];
      return [];
    }
    async newestOfUser() {
      return [];
    }
  }

  it('writes behind the caller’s back, and counts what failed', async () => {
    const events = new Held();
    const log = new EventLog(events, () => 7);
    log.note('login', 'ann');
    log.note('logout', 'ann', { why: 'bored' });
    expect(events.added).to.deep.equal([
      { kind: 'login', userId: 'ann', atMs: 7, payload: {} },
      { kind: 'logout', userId: 'ann', atMs: 7, payload: { why: 'bored' } },
    ]);
    expect(log.report()).to.deep.equal({ written: 0, failed: 0, dropped: 0, underWay: 2 });
    events.ends[0]?.ok();
    events.ends[1]?.fail();
    await log.settled();
    expect(log.report()).to.include({ written: 1, failed: 1, dropped: 0 });
  });

  it('drops what comes while a thousand are under way', async () => {
    const events = new Held();
    const log = new EventLog(events);
    for (let count = 0; count < 1_005; count += 1) log.note('login', 'ann');
    expect(log.report()).to.include({ dropped: 5, underWay: 1_000 });
    for (const { ok } of events.ends) ok();
    await log.settled();
    expect(log.report()).to.include({ written: 1_000, dropped: 5 });
  });

  it('asks for whole hours, up to the end of the present one', async () => {
    const events = new Held();
    await new EventLog(events, () => 10 * HOUR_MS + 5).countsOfLast(3);
    expect(events.asked).to.deep.equal([8 * HOUR_MS, 11 * HOUR_MS]);
  });
});
