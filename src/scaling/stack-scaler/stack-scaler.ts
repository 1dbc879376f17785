import { AutoScaler, type DecisionSink } from '../auto-scaler.ts';
import type { Observation } from '../autoscale/observation.ts';
import type { ScalingPolicy } from '../autoscale/policy.ts';
import type { ScalingStatus } from '../autoscale/scaling-status.ts';
import type { Capacity } from '../fleet/capacity.ts';
import type { MachineFigures } from '../machine.ts';
import type { ScalerControl } from '../management/services.ts';
import { MetricsCollector } from '../metrics-collector.ts';
import type { ScaleTarget } from '../targets/scale-target.ts';
import type { Leadership } from './leadership.ts';
import type { LeaseRecord } from './lease.ts';
import type { MemoryStore } from './memory.ts';
import type { LeadingScaler } from './stack-control.ts';
import type { StackView } from './stack-view.ts';

/** A target that can be left to another scaler. */
export interface LeasedTarget extends ScaleTarget {
  release(): void;
  /** How many instances there are since somebody else made or removed some; null: nobody did since the last call. */
  changedByOthers(): number | null;
}

export interface StackScalerOptions {
  readonly policy: ScalingPolicy;
  readonly target: LeasedTarget;
  readonly view: StackView;
  readonly leadership: Leadership;
  readonly memory: MemoryStore;
  readonly machine: { read(): MachineFigures };
  /** Of the fleet's leases; null: there are none. */
  readonly capacity: () => Promise<Capacity | null>;
  readonly record: DecisionSink;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** No process of an instance runs here. */
const NO_PROCESSES = { refresh: () => Promise.resolve(), latest: () => undefined };

/** The shell around the auto-scaler of a stack: looks, decides while it leads, and has the target do it. */
export class StackScaler implements LeadingScaler {
  readonly collector: MetricsCollector;
  readonly #options: StackScalerOptions;
  #scaler: AutoScaler | null = null;
  #capacity: Capacity | null = null;
  #failures = 0;
  /** What does not work, by what was tried: the same again is not news. */
  readonly #troubles = new Map<'look' | 'act', string>();

  constructor(options: StackScalerOptions) {
    this.#options = options;
    const { view, machine, nowMs } = options;
    this.collector = new MetricsCollector({ probe: view, machine, processes: NO_PROCESSES, now: nowMs });
  }

  get current(): ScalerControl | null {
    return this.#options.leadership.leads ? this.#scaler : null;
  }

  get holder(): LeaseRecord | null {
    return this.#options.leadership.holder;
  }

  get desired(): number {
    return this.#options.view.status().desired;
  }

  get capacityUtilization(): number | null {
    const percent = this.#capacity?.utilizationPercent ?? null;
    return percent === null ? null : percent / 100;
  }

  get targetFailures(): number {
    return this.#failures;
  }

  /** Why it can't do its work; null: it can. */
  get trouble(): string | null {
    return this.#troubles.get('look') ?? this.#troubles.get('act') ?? null;
  }

  /** One round: a look at everything, and while this scaler leads, a decision and a step towards it. Never rejects. */
  async tick(): Promise<void> {
    const { view, leadership, capacity } = this.#options;
    try {
      await view.refresh();
      this.#capacity = await capacity();
      if (leadership.leads) await this.#lead();
      else this.#follow();
      this.#troubles.delete('look');
    } catch (error) {
      this.#complain('look', error as Error);
    }
  }

  async #lead(): Promise<void> {
    const { view, memory, target } = this.#options;
    const changedTo = target.changedByOthers();
    if (this.#scaler === null) this.#scaler = await this.#begin(null);
    else if (changedTo !== null) this.#scaler = await this.#adopt(this.#scaler, changedTo);
    await this.#scaler.tick();
    // Looking took its time: what the next leader has written by now must stand.
    if (!this.#options.leadership.leads) return;
    await this.#remember(this.#scaler, memory, view);
    // Saving took a moment, in which the lease may have ended.
    if (this.#options.leadership.leads) void this.#converge(target);
  }

  /** A container may take a minute to start; looking goes on meanwhile. */
  async #converge(target: LeasedTarget): Promise<void> {
    try {
      await target.converge();
      this.#troubles.delete('act');
    } catch (error) {
      this.#complain('act', error as Error);
    }
  }

  #follow(): void {
    if (this.#scaler === null) return;
    this.#scaler = null;
    this.#options.target.release();
    this.#options.view.desired = null;
    this.#options.log('warn', 'another scaler leads from now on, or nobody can');
  }

  /** What people do beside the scaler counts as their wish, until its rules want otherwise; a pin says so more clearly. */
  async #adopt(scaler: AutoScaler, count: number): Promise<AutoScaler> {
    const { policy, log } = this.#options;
    const { desired, pin } = scaler.status();
    const wanted = Math.min(policy.limits.max, Math.max(policy.limits.min, count));
    if (wanted === desired) return scaler;
    if (pin !== null) {
      log('warn', `somebody else made it ${count}, and it becomes ${desired} again, which ${pin.by} has set`);
      return scaler;
    }
    log('info', `somebody else made it ${count}: ${wanted} are wanted from now on`);
    // Begun anew, so that nothing shrinks for a whole window.
    return this.#begin(wanted);
  }

  /**
   * Takes over where the previous leader was.
   * @param wanted null: as many as that one wanted
   */
  async #begin(wanted: number | null): Promise<AutoScaler> {
    const { policy, view, memory, target, record, log, nowMs } = this.#options;
    const { min, max } = policy.limits;
    const remembered = await memory.load();
    const desired = Math.min(max, Math.max(min, wanted ?? remembered?.desired ?? view.staying));
    // What instances have served so far is not of this scaler's first second.
    await this.collector.collect(nowMs());
    view.desired = desired;
    target.reconcile(desired, null);
    const scaler = new AutoScaler({
      policy,
      desired,
      observe: () => this.#observe(),
      reconciler: {
        reconcile: (count) => {
          view.desired = count;
          target.reconcile(count, null);
        },
      },
      record,
      now: nowMs,
    });
    if (remembered?.paused) scaler.pause(remembered.paused.by, remembered.paused.reason);
    if (remembered?.pin) {
      const { instances, reason, untilMs, force, by } = remembered.pin;
      const forMs = untilMs === null ? null : untilMs - nowMs();
      if (forMs === null || forMs > 0) scaler.pin({ instances, reason, forMs, force, by });
    }
    log('info', `this scaler leads: ${desired} wanted, ${view.staying} there`);
    return scaler;
  }

  async #observe(): Promise<Observation> {
    const observation = await this.collector.collect(this.#options.nowMs());
    return {
      ...observation,
      capacityUtilization: this.capacityUtilization,
      bandwidthUtilization: this.#capacity?.bandwidthUtilization ?? null,
    };
  }

  async #remember(scaler: AutoScaler, memory: MemoryStore, view: StackView): Promise<void> {
    const { desired, pin, paused }: Pick<ScalingStatus, 'desired' | 'pin' | 'paused'> = scaler.status();
    view.desired = desired;
    await memory.save({ desired, pin, paused });
  }

  #complain(of: 'look' | 'act', { message }: Error): void {
    this.#failures += 1;
    if (message !== this.#troubles.get(of)) this.#options.log('error', message);
    this.#troubles.set(of, message);
  }
}
