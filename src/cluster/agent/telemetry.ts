import type { EventLoopUtilization } from 'node:perf_hooks';
import type { LoadReport, MeterSeries } from '../../ipc/protocol.ts';
import type { TelemetrySample, TelemetryTotals } from '../../ipc/status.ts';
import type { Connections } from './connections.ts';
import type { RequestCounters } from './request-counters.ts';
import { RunDelay } from './run-delay.ts';

const LOOP_DELAY_RESOLUTION_MS = 20;
/** Where the app's shared state and database count what they do (src/scaling/state/meters.ts). */
const METERS_KEY = Symbol.for('tidegate.meters');

/** Figures of this process: `sample()` about once a second, `load()` ten times a second while something happens. */
export class Telemetry {
  readonly #connections: Connections;
  readonly #requests: RequestCounters;
  readonly #runDelay = new RunDelay();
  // Loaded here and not with the agent: it would take a part of each start that the app is waiting for.
  readonly #loopDelay = process
    .getBuiltinModule('node:perf_hooks')
    .monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  #sampledAtMs = performance.now();
  #cpu = process.cpuUsage();
  #elu = performance.eventLoopUtilization();
  #runDelayMs = this.#runDelay.totalMs();
  #loadElu: EventLoopUtilization = this.#elu;
  #accepted = 0;
  #closed = 0;
  #completed = 0;
  #inFlight = 0;
  #toldTotals = '';
  #toldMeters = '';
  #quiet = true;

  constructor(connections: Connections, requests: RequestCounters) {
    this.#connections = connections;
    this.#requests = requests;
    this.#loopDelay.enable();
  }

  sample(): Omit<TelemetrySample, 'totals'> {
    const nowMs = performance.now();
    const periodMs = Math.max(1, nowMs - this.#sampledAtMs);
    const cpu = process.cpuUsage(this.#cpu);
    const elu = performance.eventLoopUtilization();
    const runDelayMs = this.#runDelay.totalMs();
    const runDelay =
      runDelayMs === null || this.#runDelayMs === null ? null : ratio((runDelayMs - this.#runDelayMs) / periodMs);
    const memory = process.memoryUsage();
    // The histogram counts the timer's own resolution as delay.
    const loopDelayP99Ms = Math.max(0, this.#loopDelay.percentile(99) / 1e6 - LOOP_DELAY_RESOLUTION_MS);
    const sample = {
      periodMs: Math.round(periodMs),
      elu: ratio(performance.eventLoopUtilization(elu, this.#elu).utilization),
      cpu: Number(((cpu.user + cpu.system) / 1000 / periodMs).toFixed(4)),
      runDelay,
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      loopDelayP99Ms: Number(loopDelayP99Ms.toFixed(2)),
      inFlight: this.#requests.inFlight,
      connections: this.#connections.all.size,
      websockets: this.#connections.websockets,
    };
    this.#loopDelay.reset();
    this.#sampledAtMs = nowMs;
    this.#cpu = process.cpuUsage();
    this.#elu = elu;
    this.#runDelayMs = runDelayMs;
    return sample;
  }

  /** What happened since the previous call; null when nothing did. */
  load(): LoadReport | null {
    const { accepted, closed, all, plainHttp } = this.#connections;
    const { completed, inFlight } = this.#requests;
    const unchanged =
      accepted === this.#accepted &&
      closed === this.#closed &&
      completed === this.#completed &&
      inFlight === this.#inFlight;
    const elu = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(elu, this.#loadElu);
    this.#loadElu = elu;
    if (unchanged && this.#quiet) return null;
    this.#quiet = unchanged; // one report more when a rush is over, or it would seem to go on
    const report: LoadReport = {
      accepted: accepted - this.#accepted,
      closed: closed - this.#closed,
      completed: completed - this.#completed,
      inFlight,
      connections: all.size,
      movable: plainHttp,
      elu: ratio(utilization),
    };
    this.#accepted = accepted;
    this.#closed = closed;
    this.#completed = completed;
    this.#inFlight = inFlight;
    return report;
  }

  /** Null when they are what they were at the previous call. */
  totals(): TelemetryTotals | null {
    const { accepted, closed, movedIn, movedOut } = this.#connections;
    const { started, completed, aborted } = this.#requests;
    const fingerprint = [accepted, closed, movedIn, movedOut, started, completed, aborted].join();
    if (fingerprint === this.#toldTotals) return null;
    this.#toldTotals = fingerprint;
    return this.#totals();
  }

  /** Null when they are what they were at the previous call. */
  meters(): MeterSeries | null {
    const meters = (globalThis as { [METERS_KEY]?: ReadonlyMap<string, number> })[METERS_KEY];
    if (meters === undefined) return null;
    const series = [...meters];
    const fingerprint = JSON.stringify(series);
    if (fingerprint === this.#toldMeters) return null;
    this.#toldMeters = fingerprint;
    return series;
  }

  #totals(): TelemetryTotals {
    const { accepted, closed, movedIn, movedOut } = this.#connections;
    const { started, completed, errors, aborted, latencyCounts, latencySumMs } = this.#requests;
    const routes = this.#requests.routes();
    return {
      connectionsAccepted: accepted,
      connectionsClosed: closed,
      connectionsMovedIn: movedIn,
      connectionsMovedOut: movedOut,
      requestsStarted: started,
      requestsCompleted: completed,
      requestErrors: errors,
      requestsAborted: aborted,
      requests: this.#requests.rows(),
      latencyCounts: [...latencyCounts],
      latencySumMs: Number(latencySumMs.toFixed(3)),
      ...(routes.length > 0 && { routes }),
    };
  }
}

function ratio(value: number): number {
  return Number(Math.min(1, Math.max(0, value)).toFixed(4));
}
