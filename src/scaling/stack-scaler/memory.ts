import type { PauseState, PinState } from '../autoscale/manual.ts';
import type { SharedState } from '../state/shared-state.ts';

/** What the next leader must know: how many there are to be, and what people set by hand. */
export interface StackMemory {
  readonly desired: number;
  readonly pin: PinState | null;
  readonly paused: PauseState | null;
}

/** Keeps it in the shared state, and writes only what has changed. */
export class MemoryStore {
  readonly #state: Pick<SharedState, 'get' | 'set'>;
  readonly #key: string;
  #written = '';

  constructor(state: Pick<SharedState, 'get' | 'set'>, key: string) {
    this.#state = state;
    this.#key = key;
  }

  /** Null: there is none, or it can't be read. @throws StateError */
  async load(): Promise<StackMemory | null> {
    const value = await this.#state.get(this.#key);
    this.#written = value?.toString('utf8') ?? '';
    return value === undefined ? null : decode(this.#written);
  }

  /** @throws StateError */
  async save({ desired, pin, paused }: StackMemory): Promise<void> {
    const text = JSON.stringify({ desired, pin, paused });
    if (text === this.#written) return;
    await this.#state.set(this.#key, text);
    this.#written = text;
  }
}

function decode(text: string): StackMemory | null {
  try {
    const { desired, pin = null, paused = null } = JSON.parse(text) as Partial<StackMemory>;
    return Number.isSafeInteger(desired) && (desired as number) > 0
      ? { desired: desired as number, pin, paused }
      : null;
  } catch {
    return null;
  }
}
