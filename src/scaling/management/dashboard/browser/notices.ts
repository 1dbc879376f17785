/** What has just happened, in a corner and to screen readers. */
import { byId, make, makeButton } from './element.ts';

const SHOWN_MS = 6_000;
const FAILURE_SHOWN_MS = 20_000;

export function notify(text: string, failed = false): void {
  const notice = make('div', failed ? 'notice failed' : 'notice', make('p', '', text));
  const close = makeButton('close', '×', () => notice.remove());
  close.setAttribute('aria-label', 'Dismiss');
  notice.append(close);
  byId('notices').append(notice);
  setTimeout(() => notice.remove(), failed ? FAILURE_SHOWN_MS : SHOWN_MS);
}

/** For screen readers alone. */
export function announce(text: string): void {
  byId('announcer').textContent = text;
}
