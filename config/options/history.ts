/** Figures of the past, and where else they go. */
import { flag, integer, type OptionTable, text } from '../option.ts';
import { HOUR_MS } from './ranges.ts';

export const history = {
  historyEnabled: flag(
    'HISTORY_ENABLED',
    true,
    'Figures of the last days are kept in memory: at most 32 MB, usually 3.',
  ),
  historyFile: text('HISTORY_FILE', '', 'They are kept here too, across restarts; empty: in memory alone.'),
  otlpEndpoint: text(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    '',
    'OpenTelemetry collector (OTLP over HTTP) that the metrics are sent to; empty: none. Its OTEL_EXPORTER_OTLP_HEADERS is read too.',
    { allowed: 'an address such as http://127.0.0.1:4318', pattern: /^(|https?:\/\/\S+)$/ },
  ),
  otlpIntervalMs: integer(
    'OTEL_METRIC_EXPORT_INTERVAL',
    60_000,
    [1_000, HOUR_MS],
    'ms',
    'Time between two exports to it.',
  ),
} satisfies OptionTable;
