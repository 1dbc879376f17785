import type { Notification } from './alert.ts';
import { headline, kindOf, sentenceOf } from './wording.ts';

export interface EmailMessage {
  readonly subject: string;
  readonly text: string;
}

const SUBJECT_LENGTH = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break in a subject would begin a header of its own
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g;

/** A notification as a mail of plain text. The subject is one line, whatever keys and sentences hold. */
export function emailMessage(notification: Notification): EmailMessage {
  const subject = headline(notification).replace(CONTROL_CHARACTERS, ' ').slice(0, SUBJECT_LENGTH);
  const blocks = notification.alerts.map((alert) =>
    [
      `${kindOf(alert)}: ${alert.key}`,
      `  ${sentenceOf(alert)}`,
      `  since ${new Date(alert.startedAtMs).toISOString()}, as of ${new Date(alert.atMs).toISOString()}`,
    ].join('\n'),
  );
  return { subject, text: `${blocks.join('\n\n')}\n\nTold by tidegate, instance ${notification.instance}.\n` };
}
