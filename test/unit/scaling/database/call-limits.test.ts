import { expect } from 'chai';
import { type Interruptions, limitsOf, within } from '../../../../src/scaling/database/call-limits.ts';
import { DatabaseError } from '../../../../src/scaling/database/errors.ts';

const FOREVER = new Promise<never>(() => {});

interface Ended {
  readonly code: string;
  readonly message: string;
  readonly ambiguous: boolean;
  readonly abandoned: number;
}

async function ended(
  work: Promise<unknown>,
  options: object,
  interruptions: Interruptions = new Set(),
): Promise<Ended> {
  let abandoned = 0;
  const what = { doing: 'testing', ambiguous: true, abandon: () => (abandoned += 1) };
  const error = await within(work, limitsOf(options, 60_000), interruptions, what).catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(DatabaseError);
  expect(interruptions.size).to.equal(0);
  const { code, message, ambiguous } = error as DatabaseError;
  return { code, message, ambiguous, abandoned };
}

describe('a call within limits', () => {
  it('is the outcome of its work, when that comes first', async () => {
    const interruptions: Interruptions = new Set();
    const what = { doing: 'testing', ambiguous: false, abandon: () => expect.fail('abandoned') };
    expect(await within(Promise.resolve(7), limitsOf({}, 1_000), interruptions, what)).to.equal(7);
    const failure = new Error('of the work');
    const error = await within(Promise.reject(failure), limitsOf({}, 1_000), interruptions, what).catch((e) => e);
    expect(error).to.equal(failure);
    expect(interruptions.size).to.equal(0);
  });

  it('ends at its deadline, and its work is abandoned once', async () => {
    expect(await ended(FOREVER, { timeoutMs: 5 })).to.deep.equal({
      code: 'DB_TIMEOUT',
      message: 'the deadline of 5 ms passed while testing',
      ambiguous: true,
      abandoned: 1,
    });
  });

  it('ends when the caller aborts, or has aborted before', async () => {
    const controller = new AbortController();
    const ending = ended(FOREVER, { signal: controller.signal });
    controller.abort();
    expect((await ending).code).to.equal('DB_ABORTED');
    expect((await ended(FOREVER, { signal: AbortSignal.abort() })).abandoned).to.equal(1);
  });

  it('ends when it is interrupted, with that reason', async () => {
    const interruptions: Interruptions = new Set();
    const ending = ended(FOREVER, {}, interruptions);
    for (const giveUp of interruptions) giveUp(new DatabaseError('DB_CLOSED', 'closed'));
    expect(await ending).to.include({ code: 'DB_CLOSED', message: 'closed', abandoned: 1 });
  });

  it('does not wait for no time at all', () => {
    expect(() => limitsOf({ timeoutMs: 0 }, 1_000)).to.throw(RangeError, 'timeoutMs is 0; allowed is a number above 0');
    expect(() => limitsOf({ timeoutMs: Number.NaN }, 1_000)).to.throw(RangeError);
  });
});
