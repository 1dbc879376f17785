import { expect } from 'chai';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { commit, committed, fence, once } from '../../../../../src/scaling/state/jobs/index.ts';

describe('effects of jobs that are done twice', () => {
  let state: LocalState;

  beforeEach(() => {
    state = new LocalState({ memoryLimitBytes: 1024 * 1024 });
  });

  afterEach(() => state.close());

  it('fence: who comes with an older token than was shown before is refused', async () => {
    expect(await fence(state, 'printer', 5)).to.equal(true);
    expect(await fence(state, 'printer', 5)).to.equal(true);
    expect(await fence(state, 'printer', 4)).to.equal(false);
    expect(await fence(state, 'printer', 6)).to.equal(true);
    expect(await fence(state, 'printer', 5)).to.equal(false);
    expect(await fence(state, 'scanner', 1)).to.equal(true);
  });

  it('fence: of many at the same time, the highest wins', async () => {
    const tokens = Array.from({ length: 20 }, (_, index) => index);
    await Promise.all(tokens.map((token) => fence(state, 'printer', token)));
    expect(await fence(state, 'printer', 18)).to.equal(false);
    expect(await fence(state, 'printer', 19)).to.equal(true);
  });

  it('commit: the first value stays, and later attempts are given it', async () => {
    expect(await commit(state, 'order', 1, 'paid')).to.deep.equal({ mine: true, value: 'paid' });
    expect(await commit(state, 'order', 2, 'paid again')).to.deep.equal({ mine: false, value: 'paid' });
    expect(await commit(state, 'order', 1, 'paid')).to.deep.equal({ mine: true, value: 'paid' });
    expect(await committed(state, 'order')).to.equal('paid');
    expect(await committed(state, 'another')).to.equal(undefined);
  });

  it('commit: of many at the same time, one is it', async () => {
    const all = await Promise.all([3, 1, 2].map((token) => commit(state, 'order', token, token)));
    expect(all.filter(({ mine }) => mine)).to.have.length(1);
    expect(new Set(all.map(({ value }) => value)).size).to.equal(1);
  });

  it('once: what was done is not done again, and its result is known', async () => {
    let done = 0;
    const effect = async () => ++done;
    expect(await once(state, 'mail', 1, effect)).to.equal(1);
    expect(await once(state, 'mail', 2, effect)).to.equal(1);
    expect(await once(state, 'mail', 1, effect)).to.equal(1);
    expect(done).to.equal(1);
  });

  it('once: what was begun and not done is done again, or refused, as one wishes', async () => {
    const breaks = () => Promise.reject(new Error('the line broke'));
    expect((await rejection(once(state, 'mail', 1, breaks))).message).to.equal('the line broke');
    const refused = once(state, 'mail', 2, async () => 'sent', { whenUnknown: 'refuse' });
    expect((await rejection(refused)).code).to.equal('JOB_EFFECT_UNKNOWN');
    expect(await once(state, 'mail', 2, async () => 'sent')).to.equal('sent');
  });

  it('once: an attempt that is overtaken is refused before it begins, and told so when it was under way', async () => {
    let finish: (value: string) => void = () => {};
    let begun: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = once(state, 'mail', 1, () => {
      begun();
      return new Promise<string>((resolve) => {
        finish = resolve;
      });
    });
    await running;
    const newer = once(state, 'mail', 2, async () => {
      expect((await rejection(once(state, 'mail', 1, async () => 'late'))).code).to.equal('JOB_STALE_TOKEN');
      finish('too late');
      expect((await rejection(slow)).code).to.equal('JOB_STALE_TOKEN');
      return 'by the newer';
    });
    expect(await newer).to.equal('by the newer');
  });
});

async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not rejected');
}
