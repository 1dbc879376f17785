/** Where one who looks for a partner waits. There is one place: whoever comes second is paired with who has it. */
import type { SharedState } from 'tidegate/state';

export interface Waiting {
  readonly userId: string;
  readonly name: string;
  /** Names this wait, so that only whoever began it ends it. */
  readonly ticket: string;
}

/** A wait that nobody renews is over. */
export const LOBBY_TTL_MS = 15_000;
const KEY = 'app:lobby';

export class Lobby {
  readonly #state: SharedState;

  constructor(state: SharedState) {
    this.#state = state;
  }

  async find(): Promise<Waiting | undefined> {
    const value = await this.#state.get(KEY);
    return value === undefined ? undefined : (JSON.parse(value.toString()) as Waiting);
  }

  /** False: somebody else has the place. */
  enter(waiting: Waiting): Promise<boolean> {
    return this.#state.add(KEY, encode(waiting), { ttlMs: LOBBY_TTL_MS });
  }

  /** Takes `waiting` out, to be paired or because it ends; false: somebody else did, or its time was over. */
  take(waiting: Waiting): Promise<boolean> {
    return this.#state.deleteIfEqual(KEY, encode(waiting));
  }

  /** False: the place is not this wait's any more. */
  async renew(waiting: Waiting): Promise<boolean> {
    const found = await this.find();
    if (found?.ticket !== waiting.ticket) return false;
    // Were it taken in between, this would lengthen the next one's time, which does no harm.
    return this.#state.expire(KEY, LOBBY_TTL_MS);
  }
}

function encode({ userId, name, ticket }: Waiting): string {
  return JSON.stringify({ userId, name, ticket });
}
