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

export interface OpenLoopOptions {
  /** False: each request has a connection of its own. */
  readonly keepAlive?: boolean;
  /** After this a client gives its request up. */
  readonly timeoutMs?: number;
}

/**
 * Sends requests at their times, whether or not earlier ones are answered: a slow server is not spared, as a closed loop of waiting
 * clients would spare it. Latency counts from the intended time.
 */
export function openLoop(url: string, phases: readonly Phase[]): Promise<readonly Arrival[]> {
  const times: number[] = [];
  let phaseStartMs = 0;
  for (const { requestsPerSecond, durationMs } of phases) {
    for (let sent = 0; sent < (requestsPerSecond * durationMs) / 1_000; sent += 1) {
      times.push(phaseStartMs + (sent * 1_000) / requestsPerSecond);
    }
    phaseStartMs += durationMs;
  }
  return sendAt(url, times);
}

/** The same for given times, ascending, in milliseconds from now. */
export async function sendAt(
  url: string,
  timesMs: Iterable<number>,
  { keepAlive = true, timeoutMs = 20_000 }: OpenLoopOptions = {},
): Promise<readonly Arrival[]> {
  const agent = keepAlive ? new Agent({ keepAlive, maxSockets: 256 }) : new Agent({ keepAlive });
  const arrivals: Arrival[] = [];
  const underWay: Promise<void>[] = [];
  const startMs = performance.now();
  const request = (intendedMs: number): Promise<void> =>
    new Promise((resolve) => {
      const end = (ok: boolean): void => {
        arrivals.push({ intendedMs, latencyMs: ok ? performance.now() - startMs - intendedMs : null });
        resolve();
      };
      const sent = get(url, { agent, timeout: timeoutMs }, (response) => {
        response.resume();
        response.once('end', () => end(response.statusCode === 200));
        response.once('error', () => end(false));
      });
      sent.once('timeout', () => sent.destroy(new Error('timeout')));
      sent.once('error', () => end(false));
    });
  for (const intendedMs of timesMs) {
    const waitMs = startMs + intendedMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    underWay.push(request(intendedMs));
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

/** Share of the requests that took longer than `objectiveMs` or failed, percent. */
export function violationPercent(arrivals: readonly Arrival[], objectiveMs: number): number {
  const bad = arrivals.filter(({ latencyMs }) => latencyMs === null || latencyMs > objectiveMs);
  return arrivals.length === 0 ? 0 : (100 * bad.length) / arrivals.length;
}
