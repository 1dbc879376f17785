import type { Reason } from '../autoscale/reason.ts';
import type { DecisionRecord } from '../autoscale/record.ts';

export interface DecisionCount {
  readonly action: DecisionRecord['action'];
  readonly reason: Reason;
  readonly count: number;
}

/** Counts the decisions of the auto-scaler: `record` is called once for each. */
export class ScalingCounts {
  readonly #decisions = new Map<string, DecisionCount>();
  readonly #blocked = new Map<Reason, number>();

  record({ action, reason, clamps }: Pick<DecisionRecord, 'action' | 'reason' | 'clamps'>): void {
    const key = `${action} ${reason}`;
    this.#decisions.set(key, { action, reason, count: (this.#decisions.get(key)?.count ?? 0) + 1 });
    for (const { why } of clamps) this.#blocked.set(why, (this.#blocked.get(why) ?? 0) + 1);
  }

  decisions(): readonly DecisionCount[] {
    return [...this.#decisions.values()];
  }

  /** How often each limit, guard or brake changed the number, by its reason code. */
  blocked(): ReadonlyMap<Reason, number> {
    return this.#blocked;
  }
}
