import { Agent, get } from 'node:http';

/** One request of an open-loop load. */
export interface Arrival {
  /** When it should have been sent, ms since the start of the load. */
  readonly intendedMs: number;
  /** From then to the end of the response; null: it failed. */
  readonly latencyMs: number | null;
}

/** A rate that holds for a time. */
export interface Phase {
  readonly requestsPerSecond: number;
  readonly durationMs: number;
}

const TIMEOUT_MS = 20_000;

/**
 * Sends requests at their times, whether or not earlier ones are answered: a slow server is not spared, as a closed loop of waiting
 * clients would spare it. Latency counts from the intended time.
 */
export async function openLoop(url: string, phases: readonly Phase[]): Promise<readonly Arrival[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const arrivals: Arrival[] = [];
  const underWay: Promise<void>[] = [];
  const startMs = performance.now();
  const request = (intendedMs: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (ok: boolean): void => {
        arrivals.push({ intendedMs, latencyMs: ok ? performance.now() - startMs - intendedMs : null });
        resolve();
      };
      const sent = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
        response.resume();
        response.once('end', () => end(response.statusCode === 200));
        response.once('error', () => end(false));
      });
      sent.once('timeout', () => sent.destroy(new Error('timeout')));
      sent.once('error', () => end(false));
    });
  let phaseStartMs = 0;
  for (const { requestsPerSecond, durationMs } of phases) {
    for (let sent = 0; sent < (requestsPerSecond * durationMs) / 1_000; sent += 1) {
      const intendedMs = phaseStartMs + (sent * 1_000) / requestsPerSecond;
      const waitMs = startMs + intendedMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      underWay.push(request(intendedMs));
    }
    phaseStartMs += durationMs;
  }
  await Promise.all(underWay);
  agent.destroy();
  return arrivals;
}

/** The p95 of each second, by intended time; a failed request counts as endless. */
export function p95PerSecond(arrivals: readonly Arrival[]): readonly number[] {
  const seconds: number[][] = [];
  for (const { intendedMs, latencyMs } of arrivals) {
    const second = Math.floor(intendedMs / 1_000);
    seconds[second] ??= [];
    seconds[second].push(latencyMs ?? Number.POSITIVE_INFINITY);
  }
  return Array.from(seconds, (latencies = []) => {
    const sorted = [...latencies].sort((a, b) => a - b);
    return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
  });
}
