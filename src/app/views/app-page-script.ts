/** The script of the page at `/app`: its parts, in the order in which they need each other. */
import { APP_PAGE_ACCOUNT } from './app-page-account.ts';
import { APP_PAGE_CALL } from './app-page-call.ts';
import { APP_PAGE_CHAT } from './app-page-chat.ts';
import { APP_PAGE_CLIENT } from './app-page-client.ts';
import { APP_PAGE_DIRECT_LINK } from './app-page-direct-link.ts';
import { APP_PAGE_DOM } from './app-page-dom.ts';
import { APP_PAGE_LINES } from './app-page-lines.ts';
import { APP_PAGE_REALTIME } from './app-page-realtime.ts';
import { APP_PAGE_RECORDS } from './app-page-records.ts';
import { APP_PAGE_TRANSCRIPT } from './app-page-transcript.ts';
import { APP_PAGE_WORK } from './app-page-work.ts';

const PARTS = [
  APP_PAGE_CLIENT,
  APP_PAGE_TRANSCRIPT,
  APP_PAGE_REALTIME,
  APP_PAGE_DIRECT_LINK,
  APP_PAGE_DOM,
  APP_PAGE_ACCOUNT,
  APP_PAGE_LINES,
  APP_PAGE_CALL,
  APP_PAGE_CHAT,
  APP_PAGE_WORK,
  APP_PAGE_RECORDS,
];

const START = `
const now = new Date();
document.querySelector('[name=period]').value = now.getFullYear() + '-' + String(now.getMonth() + 1).padStart(2, '0');
change({ kind: 'idle' });
keepDelivering();
resume();
`;

/** In a function of its own: nothing of it is global. */
export const APP_PAGE_SCRIPT = `(() => {\n'use strict';\n${PARTS.join('')}${START}})();\n`;
