import type { Config } from '../../config/schema.ts';
import type { AlertChannel, AlertLogger } from '../scaling/alerts/alert.ts';
import { ConsoleChannel } from '../scaling/alerts/console-channel.ts';
import { plainBody, slackBody } from '../scaling/alerts/webhook-body.ts';
import { WebhookChannel } from '../scaling/alerts/webhook-channel.ts';

/**
 * Where alerts go, by configuration.
 * @throws WebhookUrlError for a URL that is none
 */
export function alertChannels(config: Config, log: AlertLogger): AlertChannel[] {
  const channels: AlertChannel[] = [new ConsoleChannel(log)];
  if (config.alertWebhookUrl !== '') {
    channels.push(new WebhookChannel({ name: 'webhook', url: config.alertWebhookUrl, body: plainBody, log }));
  }
  if (config.slackWebhookUrl !== '') {
    channels.push(new WebhookChannel({ name: 'slack', url: config.slackWebhookUrl, body: slackBody, log }));
  }
  return channels;
}
