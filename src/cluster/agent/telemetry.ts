import type { EventLoopUtilization } from 'node:perf_hooks';
import { isEarlyReportDue, LOOK_MS, looked, NEW_WATCH } from '../../ipc/early-report.ts';
import type { LoadReport, MeterSeries } from '../../ipc/protocol.ts';
import type { TelemetrySample, TelemetryTotals } from '../../ipc/status.ts';
import type { Connections } from './connections.ts';
import type { RequestCounters } from './request-counters.ts';
import { RunDelay } from './run-delay.ts';

const LOOP_DELAY_RESOLUTION_MS = 20;
/** A look that no timer has made by then is made by the next request that is answered. */
const LATE_LOOK_MS = 2 * LOOK_MS;
/** Where the app's shared state and database count what they do (src/scaling/state/meters.ts). */
const METERS_KEY = Symbol.for('tidegate.meters');

/** What costs next to nothing to look at. */
interface Glance {
  readonly atMs: number;
  readonly elu: EventLoopUtilization;
}

/** The process' counters at a moment. */
interface Mark extends Glance {
  readonly cpu: NodeJS.CpuUsage;
  readonly runDelayMs: number | null;
}

type Figures = Omit<TelemetrySample, 'totals'>;

/** Figures of this process: `sample()` about once a second, `look()` and `load()` ten times a second. */
export class Telemetry {
  readonly #connections: Connections;
  readonly #requests: RequestCounters;
  readonly #runDelay = new RunDelay();
  // Loaded here and not with the agent: it would take a part of each start that the app is waiting for.
  readonly #loopDelay = process
    .getBuiltinModule('node:perf_hooks')
    .monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  #sampled = this.#mark();
  #loadElu: EventLoopUtilization = this.#sampled.elu;
  #looked: Glance = this.#sampled;
  #watch = NEW_WATCH;
  /** The latest look that found the loop with time left. */
  #calm: Glance = this.#sampled;
  /** What the counters said at the first look that found it without. */
  #onset: Mark | null = null;
  /** Gets the figures of a loop that has had no time left for a moment. */
  onSaturated: (figures: Figures) => void = () => {};
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
    requests.onLookDue = () => this.look();
  }

  sample(): Figures {
    const now = this.#mark();
    const figures = this.#figures(this.#sampled, now, this.#loopDelayMs());
    this.#loopDelay.reset();
    this.#sampled = now;
    return figures;
  }

  /**
   * A look at the loop: where it has had no time left for a moment, that is told before the second is over. As long as there is time, all
   * other counters are left alone: an idle worker would do more for its figures than for anything else.
   */
  look(): void {
    const before = this.#looked;
    const now: Glance = { atMs: performance.now(), elu: performance.eventLoopUtilization() };
    this.#looked = now;
    this.#watch = looked(this.#watch, utilizationOf(now, before), before.atMs);
    this.#requests.lookDueMs = now.atMs + LATE_LOOK_MS;
    if (this.#watch.saturatedSinceMs === null) {
      this.#calm = now;
      this.#onset = null;
      return;
    }
    this.#onset ??= this.#mark();
    if (!isEarlyReportDue(this.#watch, now.atMs)) return;
    this.#watch = { ...this.#watch, toldAtMs: now.atMs };
    this.onSaturated(this.#saturatedFigures(now, this.#onset, now.atMs - before.atMs - LOOK_MS));
  }

  /** Of the time since the latest calm look; CPU and run delay from the onset on, or, where that is this moment, since the sample before. */
  #saturatedFigures(now: Glance, onset: Mark, lookLateMs: number): Figures {
    const since = now.atMs - onset.atMs < LOOK_MS ? this.#sampled : onset;
    const periodMs = now.atMs - this.#calm.atMs;
    const loopDelayMs = Math.min(Math.max(this.#loopDelayMs(), lookLateMs), periodMs);
    const figures = this.#figures(since, this.#mark(), loopDelayMs);
    return { ...figures, periodMs: Math.round(periodMs), elu: ratio(utilizationOf(now, this.#calm)) };
  }

  #mark(): Mark {
    const elu = performance.eventLoopUtilization();
    return { atMs: performance.now(), elu, cpu: process.cpuUsage(), runDelayMs: this.#runDelay.totalMs() };
  }

  /** The histogram counts the timer's own resolution as delay. */
  #loopDelayMs(): number {
    return Math.max(0, this.#loopDelay.percentile(99) / 1e6 - LOOP_DELAY_RESOLUTION_MS);
  }

  #figures(since: Mark, now: Mark, loopDelayMs: number): Figures {
    const periodMs = Math.max(1, now.atMs - since.atMs);
    const cpuMs = (now.cpu.user + now.cpu.system - since.cpu.user - since.cpu.system) / 1_000;
    const waitedMs = now.runDelayMs === null || since.runDelayMs === null ? null : now.runDelayMs - since.runDelayMs;
    const memory = process.memoryUsage();
    return {
      periodMs: Math.round(periodMs),
      elu: ratio(utilizationOf(now, since)),
      cpu: Number((cpuMs / periodMs).toFixed(4)),
      runDelay: waitedMs === null ? null : ratio(waitedMs / periodMs),
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      loopDelayP99Ms: Number(loopDelayMs.toFixed(2)),
      inFlight: this.#requests.inFlight,
      connections: this.#connections.all.size,
      websockets: this.#connections.websockets,
    };
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

function utilizationOf(now: Glance, since: Glance): number {
  return performance.eventLoopUtilization(now.elu, since.elu).utilization;
}

function ratio(value: number): number {
  return Number(Math.min(1, Math.max(0, value)).toFixed(4));
}
