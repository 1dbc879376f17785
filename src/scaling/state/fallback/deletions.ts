import type { SharedState, Value } from '../shared-state.ts';
import type { Mark, Marks } from './marks.ts';
import type { Shadow } from './shadow.ts';
import type { SwitchOver } from './switch-over.ts';

/** Deletions remembered per outage and worker: beyond, old entries on Redis come back until their time is over. */
const REMEMBERED_LIMIT = 100_000;

/** A large list takes its time: some 20 µs a key. */
export function manyMs(keys: readonly string[]): number {
  return Math.floor(keys.length / 50);
}

/** Deletions of plain entries. Those made while Redis is away are remembered for it: it still has what it had before. */
export class Deletions {
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #switch: SwitchOver;
  readonly #shadow: Shadow;
  readonly #marks: Marks;
  readonly #onUnmarked: (error: unknown) => void;
  #remembered = 0;

  constructor(
    stores: { readonly primary: SharedState; readonly embedded: SharedState },
    switchOver: SwitchOver,
    shadow: Shadow,
    marks: Marks,
    onUnmarked: (error: unknown) => void,
  ) {
    this.#primary = stores.primary;
    this.#embedded = stores.embedded;
    this.#switch = switchOver;
    this.#shadow = shadow;
    this.#marks = marks;
    this.#onUnmarked = onUnmarked;
  }

  deleteIfEqual(key: string, value: Value): Promise<boolean> {
    return this.#switch.either(
      async () => {
        if (await this.#switch.guard.run(() => this.#primary.deleteIfEqual(key, value))) return true;
        // A lock that was taken while Redis was away.
        const here = await this.#shadow.ask((call) => this.#embedded.deleteIfEqual(key, value, call));
        return here.known && here.value;
      },
      async () => {
        const deleted = await this.#embedded.deleteIfEqual(key, value);
        const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
        await this.#remember([{ kind: 'unlocked', key, value: bytes.toString('base64') }]);
        return deleted;
      },
    );
  }

  delete(keys: readonly string[]): Promise<number> {
    return this.#switch.either(
      () => this.#switch.guard.run(() => this.#primary.delete(keys), manyMs(keys)),
      async () => {
        const deleted = await this.#embedded.delete(keys);
        await this.#remember(keys.map((key) => ({ kind: 'deleted', key })));
        return deleted;
      },
    );
  }

  /** A new outage, a new count. */
  forget(): void {
    this.#remembered = 0;
  }

  async #remember(marks: readonly Mark[]): Promise<void> {
    const some = marks.slice(0, Math.max(0, REMEMBERED_LIMIT - this.#remembered));
    this.#remembered += some.length;
    await Promise.all(some.map((mark) => this.#marks.add(mark).catch(this.#onUnmarked)));
  }
}
