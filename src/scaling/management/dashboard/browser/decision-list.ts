/** The latest decisions as sentences, each a button that opens its explanation. */
import type { Decision } from './decision-marks.ts';
import { byId, drawWhenChanged, make, makeButton, makeTime } from './element.ts';
import { showClock } from './figures.ts';

const SHOWN = 30;
const SIGNS: Readonly<Record<string, readonly [kind: string, sign: string]>> = {
  'scale-up': ['up', '▲'],
  'scale-down': ['down', '▼'],
};

export function drawDecisions(decisions: readonly Decision[], onOpen: (decision: Decision) => void): void {
  const newestFirst = decisions.slice(-SHOWN).reverse();
  const ids = newestFirst.map(({ id }) => id);
  drawWhenChanged(byId('decisions'), ids, () =>
    newestFirst.map((decision) => {
      const [kind, text] = SIGNS[decision.action] ?? ['hold', '•'];
      const sign = make('span', `sign ${kind}`, text);
      sign.setAttribute('aria-hidden', 'true');
      const open = makeButton('sentence', decision.sentence, () => onOpen(decision));
      return make(
        'li',
        '',
        sign,
        make('div', '', open, makeTime(decision.atMs, showClock(decision.atMs)), make('span', 'tag', decision.reason)),
      );
    }),
  );
  byId('no-decisions').hidden = decisions.length > 0;
}
