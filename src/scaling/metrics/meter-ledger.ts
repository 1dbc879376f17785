import type { MeterSeries } from '../../ipc/protocol.ts';
import { METERS, type MeterName } from '../state/meters.ts';

export interface MeterPoint {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Merges what workers count on the shared state and the database. A counter's growth is credited as it is seen, so that no sum falls
 * when a worker leaves; a gauge is what the living say, added or the highest of them.
 */
export class MeterLedger {
  readonly #counters = new Map<string, number>();
  readonly #lastSeen = new Map<number, ReadonlyMap<string, number>>();

  /** All series of one process; what it does not name any more stays credited. */
  fold(processId: number, series: MeterSeries): void {
    const before = this.#lastSeen.get(processId);
    for (const [key, figure] of series) {
      if (typeOf(key) !== 'counter') continue;
      const grown = Math.max(0, figure - (before?.get(key) ?? 0));
      this.#counters.set(key, (this.#counters.get(key) ?? 0) + grown);
    }
    this.#lastSeen.set(processId, new Map(series));
  }

  /** The process is gone: its gauges no longer count. */
  forget(processId: number): void {
    this.#lastSeen.delete(processId);
  }

  points(name: MeterName): readonly MeterPoint[] {
    const merged = METERS[name].type === 'counter' ? this.#counters : this.#gauges(METERS[name].type);
    return [...merged]
      .filter(([key]) => nameOf(key) === name)
      .map(([key, value]) => ({ labels: labelsOf(name, key), value }));
  }

  #gauges(how: 'sum' | 'max'): ReadonlyMap<string, number> {
    const merged = new Map<string, number>();
    for (const series of this.#lastSeen.values()) {
      for (const [key, figure] of series) {
        if (typeOf(key) !== how) continue;
        const before = merged.get(key);
        merged.set(key, before === undefined ? figure : how === 'sum' ? before + figure : Math.max(before, figure));
      }
    }
    return merged;
  }
}

function nameOf(key: string): string {
  return key.split('\t', 1)[0] as string;
}

/** Undefined for a name that is none of ours: the worker may run another version of the module. */
function typeOf(key: string): 'counter' | 'sum' | 'max' | undefined {
  return (METERS as Readonly<Record<string, { type: 'counter' | 'sum' | 'max' }>>)[nameOf(key)]?.type;
}

function labelsOf(name: MeterName, key: string): Record<string, string> {
  const values = key.split('\t').slice(1);
  return Object.fromEntries(METERS[name].labels.map((label, index) => [label, values[index] ?? '']));
}
