import type { Reason } from '../autoscale/reason.ts';
import type { DecisionRecord } from '../autoscale/record.ts';
import type { ShadowStanding } from '../autoscale/shadow.ts';

export interface DecisionCount {
  readonly action: DecisionRecord['action'];
  readonly reason: Reason;
  readonly count: number;
}

/** Counts the decisions of the auto-scaler: `record` is called once for each. */
export class ScalingCounts {
  readonly #decisions = new Map<string, DecisionCount>();
  readonly #blocked = new Map<Reason, number>();
  /** The policies that are evaluated beside the live one, as of the latest decision. */
  shadows: readonly ShadowStanding[] = [];

  #latest: Pick<DecisionRecord, 'need' | 'offeredLoadErlangs'> | null = null;

  record(record: Pick<DecisionRecord, 'action' | 'reason' | 'clamps' | 'need' | 'offeredLoadErlangs'>): void {
    const { action, reason, clamps } = record;
    this.#latest = record;
    const key = `${action} ${reason}`;
    this.#decisions.set(key, { action, reason, count: (this.#decisions.get(key)?.count ?? 0) + 1 });
    for (const { why } of clamps) this.#blocked.set(why, (this.#blocked.get(why) ?? 0) + 1);
  }

  /** Workers that the load needs, by the latest decision; null: unknown, or the rules decide alone. */
  get need(): number | null {
    return this.#latest?.need ?? null;
  }

  get offeredLoadErlangs(): number | null {
    return this.#latest?.offeredLoadErlangs ?? null;
  }

  decisions(): readonly DecisionCount[] {
    return [...this.#decisions.values()];
  }

  /** How often each limit, guard or brake changed the number, by its reason code. */
  blocked(): ReadonlyMap<Reason, number> {
    return this.#blocked;
  }
}
