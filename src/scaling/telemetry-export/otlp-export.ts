import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadMetric } from '../metrics/exposition.ts';
import { otlpMetrics, type SdkWords } from './otlp-data.ts';

export interface OtlpExportOptions {
  /** OTEL_EXPORTER_OTLP_ENDPOINT; `/v1/metrics` is added, as the specification says. */
  readonly endpoint: string;
  readonly intervalMs: number;
  /** The page's metrics as of now. */
  readonly read: () => Promise<readonly ReadMetric[]>;
  /** Of this runtime: `service.name`, `service.instance.id`, `service.version`. */
  readonly service: { readonly name: string; readonly instance: string; readonly version: string };
  readonly startedAtMs: number;
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

interface Loaded {
  readonly exporter: PushMetricExporter;
  readonly words: SdkWords;
  readonly resource: ResourceMetrics['resource'];
}

/** Sends what stands on the page to an OpenTelemetry collector, over OTLP/HTTP. Its packages (3 MB) are loaded for the first export. */
export class OtlpExport {
  readonly #options: OtlpExportOptions;
  #loaded: Promise<Loaded> | null = null;
  #exporting: Promise<void> | null = null;
  #dueAtMs: number;
  #isFailing = false;

  /** @param nowMs the first export comes one interval later */
  constructor(options: OtlpExportOptions, nowMs: number) {
    this.#options = options;
    this.#dueAtMs = nowMs + options.intervalMs;
  }

  /** Exports when it is time and none is under way; to be called about once a second. */
  tick(nowMs: number): void {
    // A clock that went back does not put off the next one.
    this.#dueAtMs = Math.min(this.#dueAtMs, nowMs + this.#options.intervalMs);
    if (nowMs < this.#dueAtMs || this.#exporting !== null) return;
    this.#dueAtMs = nowMs + this.#options.intervalMs;
    this.#begin(nowMs);
  }

  /** The last figures, for at most so long. */
  async close(deadlineMs: number, nowMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([Promise.resolve(this.#exporting).then(() => this.#begin(nowMs)), late]);
    clearTimeout(timer);
    // What still waits is cut: nobody keeps the process for it.
    if (this.#loaded !== null) void this.#loaded.then(({ exporter }) => exporter.shutdown()).catch(() => {});
  }

  #begin(nowMs: number): Promise<void> {
    this.#exporting ??= this.#export(nowMs).finally(() => {
      this.#exporting = null;
    });
    return this.#exporting;
  }

  /** Never rejects; says when it begins to fail and when it works again. */
  async #export(nowMs: number): Promise<void> {
    const { read, service, startedAtMs, log } = this.#options;
    try {
      this.#loaded ??= this.#load();
      const { exporter, words, resource } = await this.#loaded;
      const metrics = otlpMetrics(await read(), { startedAtMs, nowMs }, words);
      const scope = { name: 'tidegate', version: service.version };
      await new Promise<void>((resolve, reject) => {
        exporter.export({ resource, scopeMetrics: [{ scope, metrics }] }, ({ error }) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      });
      if (this.#isFailing) log('info', 'metrics reach the OpenTelemetry collector again');
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log('warn', `metrics do not reach the OpenTelemetry collector: ${reasonOf(error)}`);
      this.#isFailing = true;
    }
  }

  async #load(): Promise<Loaded> {
    const [{ OTLPMetricExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
      import('@opentelemetry/exporter-metrics-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-metrics'),
    ]);
    const { endpoint, service } = this.#options;
    const exporter = new OTLPMetricExporter({
      url: `${endpoint.replace(/\/+$/, '')}/v1/metrics`,
      timeoutMillis: 10_000,
    });
    const words = {
      cumulative: sdk.AggregationTemporality.CUMULATIVE,
      // ValueType.DOUBLE of @opentelemetry/api, which the SDK does not hand on.
      double: 1,
      sum: sdk.DataPointType.SUM,
      gauge: sdk.DataPointType.GAUGE,
      histogram: sdk.DataPointType.HISTOGRAM,
    };
    const resource = resourceFromAttributes({
      'service.name': service.name,
      'service.instance.id': service.instance,
      'service.version': service.version,
    });
    return { exporter, words, resource };
  }
}

/** A code or a name: messages may hold the address, and that a token. */
function reasonOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (typeof code === 'number') return `it answered ${code}`;
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'an unknown error';
}
