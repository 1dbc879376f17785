import { expect } from 'chai';
import { GatewayAnswers } from '../../../src/cluster/gateway-answers.ts';

describe('GatewayAnswers', () => {
  const LONG_MS = 60_000;

  /** Lets what has been settled be told. */
  async function isSettled(answered: Promise<void>): Promise<boolean> {
    let settled = false;
    answered.then(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    return settled;
  }

  it('are there at once when nobody is asked', async () => {
    expect(await isSettled(new GatewayAnswers<string>(LONG_MS).ask([]).answered)).to.equal(true);
  });

  it('are complete with the last process that answers, whatever it says twice', async () => {
    const answers = new GatewayAnswers<string>(LONG_MS);
    const { request, answered } = answers.ask(['a', 'b']);
    answers.answered(request, 'a');
    answers.answered(request, 'a');
    answers.answered(request + 1, 'b');
    expect(await isSettled(answered)).to.equal(false);
    answers.answered(request, 'b');
    expect(await isSettled(answered)).to.equal(true);
  });

  it('do not wait for a process that has ended, in any question', async () => {
    const answers = new GatewayAnswers<string>(LONG_MS);
    const first = answers.ask(['a', 'b']);
    const second = answers.ask(['b']);
    answers.answered(first.request, 'a');
    answers.gone('b');
    expect(await Promise.all([isSettled(first.answered), isSettled(second.answered)])).to.deep.equal([true, true]);
  });

  it('do not wait for ever for a process that is blocked', async () => {
    await new GatewayAnswers<string>(1).ask(['a']).answered;
  });
});
