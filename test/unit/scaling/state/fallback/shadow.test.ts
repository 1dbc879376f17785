import { expect } from 'chai';
import { Shadow } from '../../../../../src/scaling/state/fallback/shadow.ts';
import { HandClock } from './hand-clock.ts';

describe('Shadow', () => {
  function made(): { shadow: Shadow; clock: HandClock; logs: string[] } {
    const clock = new HandClock();
    const logs: string[] = [];
    return { shadow: new Shadow(100, clock, (message) => logs.push(message)), clock, logs };
  }

  const away = (): Promise<never> => Promise.reject(new Error('away'));

  it('tells an answer, even of nothing, from none', async () => {
    const { shadow } = made();
    expect(await shadow.ask(async () => undefined)).to.deep.equal({ known: true, value: undefined });
    expect(await shadow.ask(away)).to.deep.equal({ known: false });
  });

  it('gives each call a deadline', async () => {
    const { shadow } = made();
    expect(await shadow.ask(async ({ timeoutMs }) => timeoutMs)).to.deep.equal({ known: true, value: 100 });
  });

  it('leaves a store that fails alone for 5 s, says so once, and asks it again', async () => {
    const { shadow, clock, logs } = made();
    for (let i = 0; i < 3; i += 1) await shadow.ask(away);
    let asked = 0;
    const ask = async (): Promise<number> => {
      asked += 1;
      return asked;
    };
    await clock.advance(4_999);
    expect(await shadow.ask(ask)).to.deep.equal({ known: false });
    expect(asked).to.equal(0);
    await clock.advance(1);
    expect(await shadow.ask(ask)).to.deep.equal({ known: true, value: 1 });
    expect(logs).to.deep.equal(['the embedded store fails beside Redis, so records are on Redis alone: away']);
  });
});
