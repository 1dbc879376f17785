import type { LoadReport } from '../ipc/protocol.ts';
import type { TelemetrySample } from '../ipc/status.ts';
import { observeLatency } from '../scaling/balancing/peak-ewma.ts';
import type { Candidate } from '../scaling/balancing/policy.ts';

/** Smoothing of the request rate: a report weighs this much. */
const RATE_WEIGHT = 0.3;

/** How loaded one worker is, as far as the primary knows: reports of its agent, and what was given to it since. */
export class WorkerLoad implements Candidate {
  readonly id: number;
  readonly slot: number;
  readonly weight: number;
  active = 0;
  latencyMs = 0;
  latencyAtMs = 0;
  available = false;
  claims = 0;
  /** Accepted by the worker itself since the balancer last looked. */
  acceptedInWindow = 0;
  movable = 0;
  inFlight = 0;
  elu = 0;
  /** Requests completed per second, smoothed. */
  requestRate = 0;
  #completedInWindow = 0;
  #latencySumMs = 0;
  #latencyCount = 0;

  constructor(id: number, slot: number, weight: number) {
    this.id = id;
    this.slot = slot;
    this.weight = weight;
  }

  /** Takes a report over; `queued` connections are on their way and not in it. */
  report(load: LoadReport, queued: number): void {
    this.active = load.connections + queued;
    this.acceptedInWindow += load.accepted;
    this.movable = load.movable;
    this.inFlight = load.inFlight;
    this.elu = load.elu;
    this.#completedInWindow += load.completed;
  }

  /** Mean latency of the interval between two samples; null when nothing was completed in it. */
  takeLatency(sample: TelemetrySample): number | null {
    const { latencySumMs, requestsCompleted } = sample.totals;
    const count = requestsCompleted - this.#latencyCount;
    const sumMs = latencySumMs - this.#latencySumMs;
    this.#latencyCount = requestsCompleted;
    this.#latencySumMs = latencySumMs;
    return count > 0 ? sumMs / count : null;
  }

  /** Takes a mean latency into what peak-EWMA goes by. */
  observeLatency(latencyMs: number, nowMs: number): void {
    const seen = observeLatency({ latencyMs: this.latencyMs, latencyAtMs: this.latencyAtMs }, latencyMs, nowMs);
    this.latencyMs = seen.latencyMs;
    this.latencyAtMs = seen.latencyAtMs;
  }

  /** Closes a window of `windowMs`; returns the accepts in it. */
  closeWindow(windowMs: number): number {
    const rate = (this.#completedInWindow * 1000) / windowMs;
    this.requestRate += RATE_WEIGHT * (rate - this.requestRate);
    if (this.requestRate < 0.01) this.requestRate = 0;
    const accepted = this.acceptedInWindow;
    this.#completedInWindow = 0;
    this.acceptedInWindow = 0;
    return accepted;
  }
}
