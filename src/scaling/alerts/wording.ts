/** How an alert reads in one line, for titles and subjects. */
import type { Alert, Notification } from './alert.ts';

/** `resolved`, or how bad it is. */
export function kindOf({ state, severity }: Alert): 'resolved' | 'warning' | 'critical' {
  return state === 'resolved' ? 'resolved' : severity;
}

/** `[critical] shop: health/memory`. */
export function titleOf(alert: Alert): string {
  return `[${kindOf(alert)}] ${alert.instance}: ${alert.key}`;
}

/** `still: 98 % of the memory is used`. */
export function sentenceOf({ sentence, repeated, startedAtMs }: Alert): string {
  return repeated ? `${sentence} (since ${new Date(startedAtMs).toISOString()})` : sentence;
}

/** The whole notification in one line: its first alert, and how many more there are. */
export function headline({ alerts }: Notification): string {
  const [first] = alerts;
  const more = alerts.length === 1 ? '' : ` (and ${alerts.length - 1} more)`;
  return `${titleOf(first)}: ${first.sentence}${more}`;
}
