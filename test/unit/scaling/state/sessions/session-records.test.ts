import { expect } from 'chai';
import fc from 'fast-check';
import { fieldsOf, type SessionFields } from '../../../../../src/scaling/state/sessions/session-fields.ts';
import { type Base, SessionRecords } from '../../../../../src/scaling/state/sessions/session-records.ts';
import { ClockedRecords, type Fault } from './clocked-records.ts';

const SID = 'a-session';
const COOKIE = { originalMaxAge: 60_000 };

/** One request: what it does between its load and its save, and how many other things happen before it loads and before it saves. */
interface Step {
  readonly name: string;
  readonly does: 'set' | 'remove';
  readonly loadAt: number;
  readonly saveAt: number;
}

const steps: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.record({
      does: fc.constantFrom('set' as const, 'remove' as const),
      loadAt: fc.nat(30),
      saveAt: fc.nat(30),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((made) => made.map((step, index) => ({ ...step, name: `field${index}` })));

const faults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.constantFrom('answer lost' as const, 'request lost' as const),
  {
    maxLength: 10,
  },
);

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}

function changed({ fields }: Base, { name, does }: Step): SessionFields {
  const mine = new Map(fields);
  if (does === 'set') mine.set(name, '"new"');
  else mine.delete(name);
  return mine;
}

async function loaded(records: SessionRecords): Promise<Base | undefined> {
  const base = await records.load(SID);
  if (base === 'corrupt') throw new Error('corrupt');
  return base;
}

describe('sessions as records', () => {
  const over = (kept: ClockedRecords) =>
    new SessionRecords(kept, { prefix: 'sess:', ttlMs: 1000, call: {}, ifUnknown: 'error', random: () => 0 });

  it('lose no change of any request, in whatever order they load and save, and whichever answers are lost', async () => {
    await fc.assert(
      fc.asyncProperty(steps, faults, async (requests, lost) => {
        const kept = new ClockedRecords();
        const before = Object.fromEntries(requests.map(({ name }) => [name, 'old']));
        await over(kept).save(SID, undefined, fieldsOf({ cookie: COOKIE, ...before }));
        kept.faults.push(...lost);
        await Promise.all(
          requests.map(async (step) => {
            const records = over(kept);
            await turns(step.loadAt);
            const base = await loaded(records);
            if (base === undefined) throw new Error('not there');
            await turns(step.saveAt);
            const result = await records.save(SID, base, changed(base, step));
            expect(result.outcome).to.be.oneOf(['stored', 'merged']);
          }),
        );
        const after = (await loaded(over(kept)))?.fields ?? new Map();
        for (const { name, does } of requests) {
          expect(after.get(name), name).to.equal(does === 'set' ? '"new"' : undefined);
        }
      }),
    );
  });

  it('stay destroyed, whenever among the saves of requests that began before it happens', async () => {
    await fc.assert(
      fc.asyncProperty(steps, faults, fc.nat(60), async (requests, lost, destroyAt) => {
        const kept = new ClockedRecords();
        await over(kept).save(SID, undefined, fieldsOf({ cookie: COOKIE }));
        kept.faults.push(...lost);
        await Promise.all([
          turns(destroyAt).then(() => over(kept).destroy(SID)),
          ...requests.map(async (step) => {
            const records = over(kept);
            await turns(step.loadAt);
            const base = await loaded(records);
            if (base === undefined) return;
            await turns(step.saveAt);
            await records.save(SID, base, changed(base, step));
          }),
        ]);
        expect(await loaded(over(kept))).to.equal(undefined);
      }),
    );
  });
});
