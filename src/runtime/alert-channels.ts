import type { Config } from '../../config/schema.ts';
import type { AlertChannel, AlertLogger } from '../scaling/alerts/alert.ts';
import type { Sender } from '../scaling/alerts/delivery.ts';
import { type EmailOptions, emailSender } from '../scaling/alerts/email-sender.ts';
import { QueuedChannel } from '../scaling/alerts/queued-channel.ts';
import { discordBody, plainBody, slackBody } from '../scaling/alerts/webhook-body.ts';
import { webhookSender } from '../scaling/alerts/webhook-sender.ts';

/**
 * Where alerts go beside the log, by configuration.
 * @throws WebhookUrlError for a URL that is none
 */
export function alertChannels(config: Config, log: AlertLogger): AlertChannel[] {
  const senders: Sender[] = [];
  const webhooks = [
    { name: 'webhook', url: config.alertWebhookUrl, body: plainBody },
    { name: 'slack', url: config.slackWebhookUrl, body: slackBody },
    { name: 'discord', url: config.discordWebhookUrl, body: discordBody },
  ];
  for (const webhook of webhooks) if (webhook.url !== '') senders.push(webhookSender(webhook));
  const mail = mailServer(config);
  if (config.smtpUrl !== '' && !URL.canParse(config.smtpUrl)) {
    log('error', 'SMTP_URL is not a URL (are / ? # and @ in its password escaped?): no mail is sent', {});
  }
  if (mail !== null && config.alertEmailTo.length > 0) {
    senders.push(emailSender({ ...mail, from: config.smtpFrom, to: config.alertEmailTo }));
  }
  return senders.map((sender) => new QueuedChannel({ sender, log }));
}

const SMTPS_PORT = 465;

/** A `%` that begins no escape stands for itself. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The mail server of SMTP_URL, or of the single options; null: there is none. */
function mailServer(config: Config): Omit<EmailOptions, 'from' | 'to'> | null {
  if (config.smtpUrl !== '' && URL.canParse(config.smtpUrl)) {
    const { protocol, hostname, port, username, password } = new URL(config.smtpUrl);
    const secure = protocol === 'smtps:';
    return {
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? SMTPS_PORT : config.smtpPort) : Number(port),
      secure,
      user: unescaped(username),
      password: unescaped(password),
    };
  }
  if (config.smtpHost === '') return null;
  const { smtpHost: host, smtpPort: port, smtpSecure: secure, smtpUser: user, smtpPassword: password } = config;
  return { host, port, secure, user, password };
}
