/** How the last workers left. */
import { byId, drawWhenChanged, make, makeTime } from './element.ts';
import { showClock } from './figures.ts';
import { drawFinding } from './health-panel.ts';
import type { LiveReceipt } from './live-state.ts';
import { receiptSentence } from './worker-view.ts';

const SHOWN = 12;

export function drawReceipts(receipts: readonly LiveReceipt[]): void {
  const shown = receipts.slice(0, SHOWN);
  drawWhenChanged(byId('receipt-list'), shown, () =>
    shown.map((receipt) => {
      const { workerId, cut, startedAtMs } = receipt;
      const level = cut === 0 ? 'nothing cut' : `${cut} cut`;
      const finding = {
        name: `Worker ${workerId}`,
        level,
        tone: cut === 0 ? 'good' : 'bad',
        text: receiptSentence(receipt),
      } as const;
      return drawFinding(finding, make('span', 'when', makeTime(startedAtMs, showClock(startedAtMs))));
    }),
  );
  byId('no-receipts').hidden = shown.length > 0;
}
