/** Alerts: where they go, and how often. */
import { flag, integer, list, type OptionTable, secret, text } from '../option.ts';
import { HOST, HOUR_MS } from './ranges.ts';

const URL_RULES = { allowed: 'an address such as https://hooks.example/alerts', pattern: /^(|https?:\/\/\S+)$/ };
const MAIL_ADDRESS = /^[^\s@,;<>"]+@[^\s@,;<>"]+$/;

export const alerting = {
  slackWebhookUrl: secret(text('SLACK_WEBHOOK_URL', '', 'Alerts are posted here.', URL_RULES)),
  alertWebhookUrl: secret(text('ALERT_WEBHOOK_URL', '', 'Alerts are posted here as plain JSON.', URL_RULES)),
  discordWebhookUrl: secret(text('DISCORD_WEBHOOK_URL', '', 'Alerts are posted here.', URL_RULES)),
  smtpUrl: secret(
    text('SMTP_URL', '', 'Mail server for alerts; instead of SMTP_HOST, _PORT, _SECURE, _USER and _PASSWORD.', {
      allowed: 'an address such as smtps://user:password@mail.example:465',
      pattern: /^(|smtps?:\/\/\S+)$/,
    }),
  ),
  smtpHost: text('SMTP_HOST', '', 'Mail server for alerts; empty with an empty SMTP_URL: no mail.', {
    allowed: HOST.allowed,
    pattern: /^[^\s/]*$/,
  }),
  smtpPort: integer('SMTP_PORT', 587, [1, 65535], 'TCP port', 'Port of the mail server.'),
  smtpSecure: flag('SMTP_SECURE', false, 'true: TLS from the first byte (port 465); false: STARTTLS where offered.'),
  smtpUser: text('SMTP_USER', '', 'User at the mail server; empty: no login.'),
  smtpPassword: secret(text('SMTP_PASSWORD', '', 'Password at the mail server.')),
  smtpFrom: text('SMTP_FROM', 'tidegate@localhost', 'Sender of the mails.', {
    allowed: 'one mail address',
    pattern: MAIL_ADDRESS,
  }),
  alertEmailTo: list(
    'ALERT_EMAIL_TO',
    'mail addresses, separated by commas',
    MAIL_ADDRESS,
    'Receivers of the mails; empty: none are sent.',
  ),
  alertGroupMs: integer(
    'ALERT_GROUP_MS',
    3_000,
    [0, HOUR_MS],
    'ms; 0 = each at once',
    'Alerts that come within this time are told together, and what came and went within it is not told.',
  ),
  alertRepeatMs: integer(
    'ALERT_REPEAT_MS',
    14_400_000,
    [0, 7 * 24 * HOUR_MS],
    'ms; 0 = never',
    'What still fires is told again after this time.',
  ),
} satisfies OptionTable;
