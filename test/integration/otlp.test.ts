import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

interface Point {
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  readonly count?: string | number;
  readonly bucketCounts?: readonly (string | number)[];
  readonly explicitBounds?: readonly number[];
  readonly startTimeUnixNano: string;
}

interface OtlpMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: {
    readonly isMonotonic: boolean;
    readonly aggregationTemporality: number;
    readonly dataPoints: readonly Point[];
  };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface ExportBody {
  readonly resourceMetrics: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
    };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

describe('the export to an OpenTelemetry collector', () => {
  const exports: { readonly path: string | undefined; readonly token: unknown; readonly body: ExportBody }[] = [];
  let status = 503;
  let collector: Server;
  let runtime: Runtime | undefined;

  before(async () => {
    collector = createServer(async (request, response) => {
      const body = (await json(request)) as ExportBody;
      exports.push({ path: request.url, token: request.headers['x-token'], body });
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
  });

  after(async () => {
    await runtime?.kill();
    collector.closeAllConnections();
    collector.close();
  });

  it('carries the figures of the page, goes on after failures, and tells of them without the address', async function () {
    this.timeout(60_000);
    const { port } = collector.address() as AddressInfo;
    status = 400;
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '1'],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-token=secret',
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        AUTO_SCALING_ENABLED: 'false',
      },
    });
    await runtime.waitForLog(/^metrics do not reach the OpenTelemetry collector: /);
    expect(runtime.output).to.not.include('secret').and.not.include(`:${port}/v1`);
    status = 200;
    for (let request = 0; request < 5; request += 1) await (await fetch(runtime.url)).text();
    await runtime.waitForLog('metrics reach the OpenTelemetry collector again');
    const metricNamed = (name: string): OtlpMetric | undefined =>
      exports.at(-1)?.body.resourceMetrics[0]?.scopeMetrics[0]?.metrics.find((metric) => metric.name === name);
    const requests = await until('five requests', () => {
      const points = metricNamed('tidegate_http_requests_total')?.sum?.dataPoints ?? [];
      const counted = points.reduce((sum, { asDouble = 0, asInt = '0' }) => sum + asDouble + Number(asInt), 0);
      return counted >= 5 && points;
    });
    const labels = Object.fromEntries(
      (requests[0] as Point).attributes.map(({ key, value }) => [key, value.stringValue]),
    );
    expect(labels).to.include({ worker: '0', method: 'GET', status_class: '2xx' });
    const last = exports.at(-1);
    expect([last?.path, last?.token]).to.deep.equal(['/v1/metrics', 'secret']);
    expect(metricNamed('tidegate_http_requests_total')?.sum).to.include({
      isMonotonic: true,
      aggregationTemporality: 2,
    });
    const duration = metricNamed('tidegate_http_request_duration_seconds');
    expect(duration?.unit).to.equal('s');
    const [point] = duration?.histogram?.dataPoints ?? [];
    expect(point?.bucketCounts?.length).to.equal((point?.explicitBounds?.length ?? 0) + 1);
    expect(point?.bucketCounts?.map(Number).reduce((sum, count) => sum + count, 0)).to.equal(Number(point?.count));
    expect(metricNamed('tidegate_scaling_ready')?.gauge?.dataPoints).to.have.length(1);
    const resource = last?.body.resourceMetrics[0]?.resource.attributes ?? [];
    expect(resource.find(({ key }) => key === 'service.name')?.value.stringValue).to.equal('test');
    const before = exports.length;
    await runtime.stop();
    expect(exports.length, 'the last figures').to.be.above(before);
  });
});
