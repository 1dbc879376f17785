import { hostname } from 'node:os';
import type { Config } from '../../config/schema.ts';
import type { AlertLogger } from '../scaling/alerts/alert.ts';
import type { MetricsExposition } from '../scaling/metrics/exposition.ts';
import { OtlpExport } from '../scaling/telemetry-export/otlp-export.ts';

/** The export to an OpenTelemetry collector; null: none is configured. */
export function telemetryExport(
  config: Config,
  service: { readonly name: string; readonly version: string },
  exposition: Pick<MetricsExposition, 'read'>,
  log: AlertLogger,
): OtlpExport | null {
  if (config.otlpEndpoint === '') return null;
  const nowMs = Date.now();
  return new OtlpExport(
    {
      endpoint: config.otlpEndpoint,
      intervalMs: config.otlpIntervalMs,
      read: () => exposition.read(),
      service: { ...service, instance: `${hostname()}:${process.pid}` },
      startedAtMs: nowMs,
      log: (level, message) => log(level, message, {}),
    },
    nowMs,
  );
}
