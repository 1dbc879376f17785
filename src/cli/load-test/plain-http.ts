/** The engine for plain HTTP in a closed loop: autocannon, whose parser costs a fraction of Node's client. */
import { watchLag } from './lag-watch.ts';
import type { Meter } from './meter.ts';
import type { LoadPlan } from './plan.ts';
import { kindOf } from './step-error.ts';

/** Whether a plan asks for nothing but the same request over and over. */
export function isPlainHttp(plan: LoadPlan): boolean {
  const { journey, rampMs, thinkMs, ratePerS, sources, ca, processes } = plan;
  return (
    journey === 'get' &&
    rampMs === 0 &&
    thinkMs[1] === 0 &&
    ratePerS === null &&
    sources <= 1 &&
    ca === null &&
    processes === 1
  );
}

export async function runPlainHttp(plan: LoadPlan, meter: Meter, stop: AbortSignal): Promise<void> {
  const { default: autocannon } = await import('autocannon');
  const over = new AbortController();
  watchLag(meter, over.signal);
  await new Promise<void>((resolve, reject) => {
    const instance = autocannon(
      {
        url: new URL(plan.path, plan.target).href,
        connections: plan.users,
        duration: plan.durationMs / 1000,
        timeout: Math.ceil(plan.timeoutMs / 1000),
        // Answers of any status are counted here, below.
        excludeErrorStats: true,
      },
      (error) => (error ? reject(error) : resolve()),
    );
    meter.users = plan.users;
    instance.on('response', (_client, status, _bytes, latencyMs) => {
      const isRight = status >= 200 && status < 400;
      if (isRight) meter.succeeded('GET', latencyMs);
      else meter.failed('GET', `HTTP ${status}`);
      meter.iterated(isRight ? null : '');
    });
    instance.on('reqError', (error: Error) => {
      meter.failed('GET', /timed out/.test(error.message) ? 'timeout' : kindOf(error));
      meter.iterated('');
    });
    stop.addEventListener('abort', () => instance.stop(), { once: true });
  });
  over.abort();
  meter.users = 0;
}
