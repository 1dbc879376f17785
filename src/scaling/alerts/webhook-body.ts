/** What a webhook is sent: one shape per kind of receiver. */
import type { Alert } from './alert.ts';

export type WebhookBody = (alert: Alert) => object;

/** The alert as it is, times as ISO 8601. `version` changes when a field changes its meaning. */
export function plainBody({ key, state, severity, sentence, startedAtMs, atMs, instance }: Alert): object {
  return {
    version: 1,
    source: 'tidegate',
    instance,
    key,
    state,
    severity,
    sentence,
    startedAt: new Date(startedAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
  };
}

const SLACK_COLOURS = { resolved: 'good', warning: 'warning', critical: 'danger' } as const;

/** A message for a Slack incoming webhook. */
export function slackBody({ key, state, severity, sentence, atMs, instance }: Alert): object {
  const kind = state === 'resolved' ? 'resolved' : severity;
  const title = `[${kind}] ${instance}: ${key}`;
  return {
    text: escapeSlack(`${title}: ${sentence}`),
    attachments: [
      {
        color: SLACK_COLOURS[kind],
        title: escapeSlack(title),
        text: escapeSlack(sentence),
        ts: Math.floor(atMs / 1000),
      },
    ],
  };
}

/** Slack reads these three as markup: `<!channel>` in a sentence would wake everybody. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
