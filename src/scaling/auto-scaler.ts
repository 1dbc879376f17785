import { decide } from './autoscale/decide.ts';
import { appendDecision, findDecision, type LogEntry } from './autoscale/decision-log.ts';
import { explain } from './autoscale/explain.ts';
import type { Observation } from './autoscale/observation.ts';
import { checkPin, withoutPause, withoutPin, withPause, withPin } from './autoscale/pin.ts';
import type { ScalingPolicy } from './autoscale/policy.ts';
import type { DecisionRecord } from './autoscale/record.ts';
import { type ScalingStatus, scalingStatus } from './autoscale/scaling-status.ts';
import { askShadow, newShadow, type Shadow, type ShadowPolicy, type ShadowStanding } from './autoscale/shadow.ts';
import { initialState, type ScalerState } from './autoscale/state.ts';
import { isObserved, type Unobserved } from './autoscale/unobserved.ts';
import type { PinRefusal, PinRequest, ScalerControl } from './management/services.ts';

/** What the scaler needs of the processes. */
export interface Reconciler {
  /** Makes it so; returns at once. `why` is null: the sink gets the decision, and one line in the log is enough. */
  reconcile(desired: number, why: null): void;
}

/** Gets every decision. `repeats` is 0 for a new one, else counts the equal holds before it, which a log may leave out. */
export type DecisionSink = (record: DecisionRecord, repeats: number) => void;

/** Gets what every decision was made from, so that it can be made again. */
export interface DecisionRecorder {
  /** @param before the state that the decision began with */
  note(seen: Observation | Unobserved, record: DecisionRecord, before: ScalerState): void;
}

export interface AutoScalerOptions {
  readonly policy: ScalingPolicy;
  /** Workers wanted to begin with. */
  readonly desired: number;
  /** One round of the collector. A rejection is a hold with a reason. */
  readonly observe: () => Promise<Observation>;
  readonly reconciler: Reconciler;
  readonly record: DecisionSink;
  readonly recorder?: DecisionRecorder | null;
  /** Asked beside the live policy, and not obeyed. */
  readonly shadows?: readonly ShadowPolicy[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The shell around `decide()`: collects, decides, has it done, writes it down. It judges nothing itself and has no timer: the runtime's
 * ticker calls `tick()`.
 */
export class AutoScaler implements ScalerControl {
  readonly #options: AutoScalerOptions;
  #state: ScalerState;
  #log: readonly LogEntry[] = [];
  #latest: Observation | Unobserved = { unobserved: 'no observation yet' };
  #shadows: readonly Shadow[];
  #ticking = false;

  constructor(options: AutoScalerOptions) {
    this.#options = options;
    this.#state = initialState(options.desired);
    this.#shadows = (options.shadows ?? []).map((shadow) => newShadow(shadow, options.desired));
  }

  /**
   * One decision. A tick that comes while another still observes is skipped.
   * @param observe what it decides on; without it, a round of the collector
   * @returns the record; null when skipped
   * @throws what the reconciler or the sink throws; a failing observation is no error but a hold
   */
  async tick(
    observe: () => Observation | Promise<Observation> = this.#options.observe,
  ): Promise<DecisionRecord | null> {
    if (this.#ticking) return null;
    this.#ticking = true;
    try {
      const decisionsBefore = this.#state.decisions;
      const seen = await this.#seen(observe);
      if (isObserved(seen) && seen.saturatedMs === undefined) this.#latest = seen;
      // A pin may have been set meanwhile; then the observation's number is of the time before.
      const overtaken = this.#state.decisions !== decisionsBefore;
      return this.#decide(overtaken ? this.#present(seen) : seen);
    } finally {
      this.#ticking = false;
    }
  }

  /** The body of GET /scaling/status. */
  status(): ScalingStatus {
    return scalingStatus(this.#options.policy, this.#state, this.#log, this.shadows(), this.#options.now());
  }

  /** The shadow policies that were asked, as they stand. */
  shadows(): readonly ShadowStanding[] {
    return this.#shadows.flatMap(({ standing }) => standing ?? []);
  }

  /** Sets the number by hand, at once: it does not wait for the next tick. */
  pin(request: PinRequest): DecisionRecord | PinRefusal {
    const { policy, now } = this.#options;
    const refusal = checkPin(policy, this.#state, isObserved(this.#latest) ? this.#latest : null, request);
    if (refusal !== null) return refusal;
    this.#state = withPin(this.#state, request, now());
    return this.#decide(this.#present(this.#latest));
  }

  pause(by: string, reason: string): void {
    this.#state = withPause(this.#state, by, reason, this.#options.now());
  }

  /** Ends pause and pin; the next tick decides by the rules. */
  resume(): void {
    this.#state = withoutPin(withoutPause(this.#state));
  }

  /** A decision that is still in the log; of a run of equal holds it is the latest. */
  decision(id: number | 'last'): { record: DecisionRecord; explanation: readonly string[] } | undefined {
    const entry = findDecision(this.#log, id);
    return entry === undefined
      ? undefined
      : { record: entry.record, explanation: explain(entry.record, entry.shadows) };
  }

  async #seen(observe: () => Observation | Promise<Observation>): Promise<Observation | Unobserved> {
    try {
      return await observe();
    } catch (error) {
      return { unobserved: error instanceof Error ? error.message : String(error) };
    }
  }

  /** An earlier observation with the number that is wanted now. */
  #present(observation: Observation | Unobserved): Observation | Unobserved {
    return isObserved(observation) ? { ...observation, desired: this.#state.desired } : observation;
  }

  #decide(observation: Observation | Unobserved): DecisionRecord {
    const { policy, reconciler, record: sink, recorder, now } = this.#options;
    const before = this.#state;
    const { desired, state, record } = decide(policy, before, observation, now());
    this.#state = state;
    if (desired !== record.before) reconciler.reconcile(desired, null);
    this.#shadows = this.#shadows.map((shadow) => askShadow(shadow, observation, before.manual, record));
    this.#log = appendDecision(this.#log, record, this.shadows());
    sink(record, this.#log.at(-1)?.repeats ?? 0);
    recorder?.note(observation, record, before);
    return record;
  }
}
