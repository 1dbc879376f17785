/** Who may use the control API: tokens from files, JSON web tokens, TLS, sessions of the dashboard. */
import { integer, type OptionTable, secret, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

const CLAIM = {
  allowed: 'the name of a claim: letters, digits and . _ : / - (up to 128)',
  pattern: /^[\w.:/-]{1,128}$/,
};

export const access = {
  managementTokensFile: text(
    'MANAGEMENT_TOKENS_FILE',
    '',
    'Further static tokens, role:token a line; unlike an environment variable no other process can read them.',
  ),
  managementTlsCertFile: text(
    'MANAGEMENT_TLS_CERT_FILE',
    '',
    'Certificate chain (PEM) of the control port; with it the port speaks HTTPS only. A renewed file is taken up within a minute.',
  ),
  managementTlsKeyFile: text('MANAGEMENT_TLS_KEY_FILE', '', 'Private key (PEM) of that certificate.'),
  managementSessionMs: integer(
    'MANAGEMENT_SESSION_MS',
    8 * HOUR_MS,
    [60_000, 7 * 24 * HOUR_MS],
    'ms',
    'How long a login of the dashboard lasts.',
  ),
  managementLoginAttempts: integer(
    'MANAGEMENT_LOGIN_ATTEMPTS',
    10,
    [1, 1000],
    'wrong tokens',
    'So many different wrong tokens from one address within MANAGEMENT_LOGIN_WINDOW_MS, and it must wait.',
  ),
  managementLoginWindowMs: integer(
    'MANAGEMENT_LOGIN_WINDOW_MS',
    300_000,
    [1_000, 24 * HOUR_MS],
    'ms',
    'How long wrong tokens are held against an address.',
  ),
  jwtAudience: text(
    'JWT_AUDIENCE',
    '',
    'Switches JSON web tokens on: only those made for this audience are taken, so that tokens of your app are not.',
  ),
  jwtSecret: secret(
    text('JWT_SECRET', '', 'Secret of HS256 tokens, 32 bytes or more. Has an effect only with JWT_AUDIENCE.'),
  ),
  jwtSecretFile: text('JWT_SECRET_FILE', '', 'A file with that secret, instead of JWT_SECRET.'),
  jwtKeyFile: text(
    'JWT_KEY_FILE',
    '',
    'Public key of RS256 or ES256 tokens: a PEM file (key or certificate), or a JSON web key set.',
  ),
  jwtIssuer: text('JWT_ISSUER', '', 'When set, only tokens of this issuer are taken.'),
  jwtRoleClaim: text('JWT_ROLE_CLAIM', 'role', 'The claim that holds viewer, operator or admin, or a list.', CLAIM),
  jwtClockToleranceMs: integer(
    'JWT_CLOCK_TOLERANCE_MS',
    30_000,
    [0, 600_000],
    'ms',
    'How far the clocks of issuer and runtime may differ.',
  ),
} satisfies OptionTable;
