/** A real Prometheus looks at a real Tidegate under a steady load, and both tell how many requests a second there were. */
import { PacedLoad } from './paced-load.ts';
import { Prometheus } from './prometheus.ts';
import { fixture, Runtime, until } from './runtime.ts';

export interface RateComparison {
  /** Of the load generator and of Prometheus' rate(), over the same window; requests a second. */
  readonly counted: number;
  readonly rate: number;
  /** Of the same, by the histogram. */
  readonly ratedByHistogram: number;
  readonly failures: number;
}

/**
 * @param windowSeconds of rate(); the load goes on for a few seconds more
 * @param disturb is called when a third of the window is over
 */
export async function compareRates(
  windowSeconds: number,
  disturb: (runtime: Runtime) => Promise<void> = () => Promise.resolve(),
): Promise<RateComparison> {
  const runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '2'] });
  let prometheus: Prometheus | undefined;
  const load = new PacedLoad(runtime.url, { clients: 10, perSecond: 200 });
  try {
    prometheus = await Prometheus.start({ targets: { tidegate: [new URL(runtime.controlUrl).host] } });
    const server = prometheus;
    // Prometheus takes up to 5 s to take its targets up.
    await until(
      'both workers are scraped',
      async () => (await server.query('tidegate_http_requests_total')).length >= 2,
    );
    const fromMs = Date.now() + 1_000;
    const toMs = fromMs + windowSeconds * 1_000;
    await waitUntil(fromMs + (toMs - fromMs) / 3, windowSeconds);
    await disturb(runtime);
    // Prometheus must have seen what was there at the end.
    await waitUntil(toMs + 2_000, windowSeconds);
    const value = async (metric: string): Promise<number> =>
      (await server.value(`sum(rate(${metric}[${windowSeconds}s]))`, toMs)) ?? Number.NaN;
    return {
      counted: load.count(fromMs, toMs) / windowSeconds,
      rate: await value('tidegate_http_requests_total'),
      ratedByHistogram: await value('tidegate_http_request_duration_seconds_count'),
      failures: load.failures,
    };
  } finally {
    await load.stop();
    await prometheus?.stop();
    await runtime.kill();
  }
}

function waitUntil(atMs: number, windowSeconds: number): Promise<boolean> {
  return until('the time to look', () => Date.now() >= atMs, windowSeconds * 1_000 + 30_000);
}
