import { type LevelOverride, withLevels } from './levels.ts';
import type { ProbeSpec } from './probe-state.ts';
import { Watch } from './watch.ts';

/** A check in the course of time. */
export interface WatchedCheck {
  readonly watch: Watch;
  /** The specification as the check gave it. */
  readonly given: string;
  readonly isDependency: boolean;
}

/** The checks that have told of themselves, by name. */
export class CheckWatches {
  readonly #levels: readonly LevelOverride[];
  readonly #byName = new Map<string, WatchedCheck>();

  /** @param levels other levels than the checks' own */
  constructor(levels: readonly LevelOverride[]) {
    this.#levels = levels;
  }

  get(name: string): WatchedCheck | undefined {
    return this.#byName.get(name);
  }

  all(): readonly WatchedCheck[] {
    return [...this.#byName.values()];
  }

  /** The check of this name; begun anew when an app that was reloaded has given it other levels. */
  of(spec: ProbeSpec, isDependency: boolean, nowMs: number): WatchedCheck {
    const given = JSON.stringify(spec);
    const known = this.#byName.get(spec.name);
    if (known?.given === given && known.isDependency === isDependency) return known;
    const fresh = { watch: new Watch(withLevels(spec, this.#levels), nowMs), given, isDependency };
    this.#byName.set(spec.name, fresh);
    return fresh;
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }
}
