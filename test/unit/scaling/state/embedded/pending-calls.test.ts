import { expect } from 'chai';
import { type PendingCall, PendingCalls } from '../../../../../src/scaling/state/embedded/pending-calls.ts';
import { WireReader } from '../../../../../src/scaling/state/embedded/wire-reader.ts';
import { StateError } from '../../../../../src/scaling/state/errors.ts';

const DEADLINE_MS = 5;

describe('calls under way', () => {
  let nowMs: number;
  let calls: PendingCalls;
  beforeEach(() => {
    nowMs = 0;
    calls = new PendingCalls(
      () => nowMs,
      ({ operation }) => new StateError('STATE_TIMEOUT', `${operation} is late`),
    );
  });

  /** A call with this id, and what comes of it. */
  function call(id: number, deadlineMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const one: PendingCall = {
        id,
        operation: 'get',
        encode: () => {},
        decode: () => id,
        deadlineMs,
        timeoutMs: deadlineMs,
        resolve,
        reject,
        waiting: null,
        forgetSignal: null,
      };
      calls.add(one);
    }).catch((error: unknown) => error);
  }

  it('end with the answer that has their number, whatever the order', async () => {
    const [first, second] = [call(1, 1000), call(2, 1000)];
    const read = (_reply: WireReader, decode: (reply: WireReader) => unknown): unknown => decode(new WireReader());
    calls.answer(2, new WireReader(), read);
    calls.answer(7, new WireReader(), read);
    calls.answer(1, new WireReader(), read);
    calls.answer(1, new WireReader(), read);
    expect(await Promise.all([first, second])).to.deep.equal([1, 2]);
    expect(calls.size).to.equal(0);
  });

  it('fail when their deadline is over, and only those', async () => {
    const early = call(1, DEADLINE_MS);
    const late = call(2, 1e6);
    nowMs = DEADLINE_MS;
    expect(await early).to.include({ code: 'STATE_TIMEOUT', message: 'get is late' });
    expect(calls.size).to.equal(1);
    for (const one of [...calls]) calls.fail(one, 'closed');
    expect(await late).to.equal('closed');
  });

  it('fail in the order of their deadlines, also when the later one was made first', async () => {
    const ended: number[] = [];
    const late = call(1, DEADLINE_MS * 2).then(() => ended.push(1));
    const early = call(2, DEADLINE_MS).then(() => ended.push(2));
    nowMs = DEADLINE_MS;
    await early;
    nowMs = DEADLINE_MS * 2;
    await late;
    expect(ended).to.deep.equal([2, 1]);
  });

  it('fail with what their answer can not be read by', async () => {
    const one = call(1, 1000);
    calls.answer(1, new WireReader(), () => {
      throw new StateError('STATE_FULL', 'no room');
    });
    expect(await one).to.include({ code: 'STATE_FULL' });
  });
});
