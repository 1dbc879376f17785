/** What a webhook is sent: one shape per kind of receiver. */
import type { Alert, Notification } from './alert.ts';
import { headline, kindOf, sentenceOf, titleOf } from './wording.ts';

export type WebhookBody = (notification: Notification) => object;

/**
 * The first alert as it is, times as ISO 8601, and all of them in `alerts`. `version` changes when a field changes its
 * meaning.
 */
export function plainBody({ alerts }: Notification): object {
  const [first] = alerts;
  return { version: 1, source: 'tidegate', ...plainAlert(first), alerts: alerts.map(plainAlert) };
}

function plainAlert({ key, state, severity, sentence, startedAtMs, atMs, instance, repeated = false }: Alert): object {
  return {
    instance,
    key,
    state,
    severity,
    sentence,
    startedAt: new Date(startedAtMs).toISOString(),
    at: new Date(atMs).toISOString(),
    repeated,
  };
}

/** Both show no more than a few well; the rest is counted. */
const MOST_SHOWN = 10;
const SLACK_COLOURS = { resolved: 'good', warning: 'warning', critical: 'danger' } as const;

/** A message for a Slack incoming webhook. */
export function slackBody(notification: Notification): object {
  return {
    text: escapeSlack(headline(notification)),
    attachments: notification.alerts.slice(0, MOST_SHOWN).map((alert) => ({
      color: SLACK_COLOURS[kindOf(alert)],
      title: escapeSlack(titleOf(alert)),
      text: escapeSlack(sentenceOf(alert)),
      ts: Math.floor(alert.atMs / 1000),
    })),
  };
}

/** Slack reads these three as markup: `<!channel>` in a sentence would wake everybody. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const DISCORD_COLOURS = { resolved: 0x2e_a0_43, warning: 0xd2_99_22, critical: 0xda_36_33 } as const;
/** Discord refuses longer texts. */
const DISCORD_CONTENT = 2_000;
const DISCORD_TITLE = 256;
const DISCORD_DESCRIPTION = 500;

/** A message for a Discord webhook. It mentions nobody, whatever a sentence says. */
export function discordBody(notification: Notification): object {
  return {
    content: cut(headline(notification), DISCORD_CONTENT),
    allowed_mentions: { parse: [] },
    embeds: notification.alerts.slice(0, MOST_SHOWN).map((alert) => ({
      title: cut(titleOf(alert), DISCORD_TITLE),
      description: cut(sentenceOf(alert), DISCORD_DESCRIPTION),
      color: DISCORD_COLOURS[kindOf(alert)],
      timestamp: new Date(alert.atMs).toISOString(),
    })),
  };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
