import type { LogLine, ReloadStatus } from '../../ipc/status.ts';
import type { DecisionRecord } from '../autoscale/record.ts';
import { ProblemError } from '../management/problem.ts';
import type { BalancerView, ClusterControl, PinRefusal, PinRequest, ScalerControl } from '../management/services.ts';
import type { LeaseRecord } from './lease.ts';
import type { StackStatus, StackView } from './stack-view.ts';

/** The instances, as `/cluster/…` of the control API. */
export class StackCluster implements ClusterControl {
  readonly #view: StackView;
  readonly #stop: (by: string) => void;

  constructor(view: StackView, stop: (by: string) => void) {
    this.#view = view;
    this.#stop = stop;
  }

  status(): StackStatus {
    return this.#view.status();
  }

  reload(): AsyncIterable<ReloadStatus> {
    throw notHere('reload');
  }

  restart(): Promise<void> {
    return Promise.reject(notHere('restart'));
  }

  stop(by: string): void {
    this.#stop(by);
  }

  /** The scaler keeps none: its output is its log. */
  logs(): readonly LogLine[] {
    return [];
  }
}

function notHere(what: string): ProblemError {
  const detail = `An instance is asked to ${what} its workers at its own control API; /cluster/status says where each is`;
  return new ProblemError(409, 'NOT_HERE', detail);
}

/** What the control needs of the scaler of the moment. */
export interface LeadingScaler {
  /** Null while this process does not lead. */
  readonly current: ScalerControl | null;
  readonly holder: LeaseRecord | null;
  /** For those who only read, while another leads. */
  readonly desired: number;
}

/** `/scaling/…`: changes are for the leader; the others say who that is. */
export class StackScaling implements ScalerControl {
  readonly #leading: LeadingScaler;

  constructor(leading: LeadingScaler) {
    this.#leading = leading;
  }

  status(): object {
    const { current, holder, desired } = this.#leading;
    if (current !== null) return { leads: true, ...current.status() };
    return { leads: false, leader: holder?.address ?? null, desired, pin: null, paused: null, decisions: [] };
  }

  pin(request: PinRequest): DecisionRecord | PinRefusal {
    const { current } = this.#leading;
    if (current !== null) return current.pin(request);
    return { refused: true, status: 409, code: 'NOT_LEADER', message: this.#whoLeads() };
  }

  pause(by: string, reason: string): void {
    this.#leader().pause(by, reason);
  }

  resume(by: string): void {
    this.#leader().resume(by);
  }

  decision(id: number | 'last'): ReturnType<ScalerControl['decision']> {
    return this.#leading.current?.decision(id);
  }

  #leader(): ScalerControl {
    const { current } = this.#leading;
    if (current === null) throw new ProblemError(409, 'NOT_LEADER', this.#whoLeads());
    return current;
  }

  #whoLeads(): string {
    const { holder } = this.#leading;
    return holder === null
      ? 'No scaler leads at the moment; try again in some seconds'
      : `The scaler at ${holder.address} leads; ask that one`;
  }
}

/** Balancing is done before the instances and within each, not here. */
export const NO_BALANCER: BalancerView = {
  status: () => ({ mode: 'external' }),
  breakers: () => ({}),
  resetBreakers: () => false,
};
