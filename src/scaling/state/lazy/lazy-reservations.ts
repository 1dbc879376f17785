import type { Amount, CallOptions, Reservations, ReserveResult } from '../shared-state.ts';
import type { Call } from './call.ts';

/** The reservations of a state that is opened at the first call. */
export class LazyReservations implements Reservations {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  reserve(key: string, token: string, amounts: readonly Amount[], options?: CallOptions): Promise<ReserveResult> {
    return this.#call('reserve', ({ reservations }) => reservations.reserve(key, token, amounts, options));
  }

  release(key: string, token: string, options?: CallOptions): Promise<boolean> {
    return this.#call('release', ({ reservations }) => reservations.release(key, token, options));
  }

  used(key: string, options?: CallOptions): Promise<Readonly<Record<string, number>>> {
    return this.#call('reservations_used', ({ reservations }) => reservations.used(key, options));
  }

  tokens(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#call('reservation_tokens', ({ reservations }) => reservations.tokens(key, options));
  }
}
