/** The control API, health, metrics and alerts. */
import { flag, integer, list, type OptionTable, secret, text } from '../option.ts';
import { HOST, PORT, PORT_UNIT } from './ranges.ts';

export const operating = {
  managementHost: text(
    'MANAGEMENT_HOST',
    '127.0.0.1',
    'Address of the control API. Other than loopback demands tokens.',
    HOST,
  ),
  managementPort: integer('MANAGEMENT_PORT', 9001, PORT, PORT_UNIT, 'Port of the control API and dashboard.'),
  managementTokens: secret(
    list(
      'MANAGEMENT_TOKENS',
      'role:token with role viewer, operator or admin and a token of 16 characters or more, separated by commas',
      /^(viewer|operator|admin):[^\s,]{16,}$/,
      'Static tokens of the control API.',
    ),
  ),
  managementAllowedHosts: list(
    'MANAGEMENT_ALLOWED_HOSTS',
    'host names, separated by commas',
    /^[a-z0-9._-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i,
    'Further names the control API answers to (Host header).',
  ),
  allowedOrigins: list(
    'ALLOWED_ORIGINS',
    'origins such as https://ops.example, separated by commas',
    /^https?:\/\/[^\s/]+$/i,
    'Web origins that may call the control API.',
  ),
  internalApiKey: secret(text('INTERNAL_API_KEY', '', 'Key between instances.')),
  monitoringEnabled: flag('MONITORING_ENABLED', true, 'System figures and alerts.'),
  healthChecksEnabled: flag('HEALTH_CHECKS_ENABLED', true, 'The health monitor.'),
  metricsEnabled: flag('METRICS_ENABLED', true, 'GET /metrics.'),
  auditLogFile: text('AUDIT_LOG_FILE', '', 'Audit log of changes; empty: beside the runtime socket.'),
} satisfies OptionTable;
