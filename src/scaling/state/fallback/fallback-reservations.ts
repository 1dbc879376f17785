import { checkAmounts, checkKey, checkName } from '../arguments.ts';
import type { Amount, CallOptions, Reservations, ReserveResult, SharedState } from '../shared-state.ts';
import { withinDeadline } from './caller-deadline.ts';
import type { Mark, Marks } from './marks.ts';
import type { Shadow } from './shadow.ts';
import type { SwitchOver } from './switch-over.ts';

/**
 * Reservations: while Redis is away each machine grants up to the maximum by itself, counting from what it granted since. When Redis returns
 * it is told of both grants and releases.
 */
export class FallbackReservations implements Reservations {
  readonly #primary: Reservations;
  readonly #embedded: Reservations;
  readonly #switch: SwitchOver;
  readonly #shadow: Shadow;
  readonly #marks: Marks;
  readonly #onUnmarked: (error: unknown) => void;

  constructor(
    stores: { readonly primary: SharedState; readonly embedded: SharedState },
    switchOver: SwitchOver,
    shadow: Shadow,
    marks: Marks,
    onUnmarked: (error: unknown) => void,
  ) {
    this.#primary = stores.primary.reservations;
    this.#embedded = stores.embedded.reservations;
    this.#switch = switchOver;
    this.#shadow = shadow;
    this.#marks = marks;
    this.#onUnmarked = onUnmarked;
  }

  async reserve(
    key: string,
    token: string,
    amounts: readonly Amount[],
    options: CallOptions = {},
  ): Promise<ReserveResult> {
    checkKey(key);
    checkName('the token', token);
    checkAmounts(amounts);
    const { guard } = this.#switch;
    return withinDeadline('reservations.reserve', options, () =>
      this.#switch.either(
        () => guard.run(() => this.#primary.reserve(key, token, amounts)),
        async () => {
          const result = await this.#embedded.reserve(key, token, amounts);
          // Refused here, it may have been granted on Redis just before its answer was lost.
          await this.#mark({ kind: 'reservation', key, token, amounts: result.granted ? amounts : [] });
          return result;
        },
      ),
    );
  }

  async release(key: string, token: string, options: CallOptions = {}): Promise<boolean> {
    checkKey(key);
    checkName('the token', token);
    const { guard } = this.#switch;
    return withinDeadline('reservations.release', options, () =>
      this.#switch.either(
        async () => {
          if (await guard.run(() => this.#primary.release(key, token))) return true;
          // Granted while Redis was away, and not told to it (yet).
          const here = await this.#shadow.ask((call) => this.#embedded.release(key, token, call));
          return here.known && here.value;
        },
        async () => {
          const released = await this.#embedded.release(key, token);
          await this.#mark({ kind: 'reservation', key, token, amounts: [] });
          return released;
        },
      ),
    );
  }

  async used(key: string, options: CallOptions = {}): Promise<Readonly<Record<string, number>>> {
    checkKey(key);
    const { guard } = this.#switch;
    return withinDeadline('reservations.used', options, () =>
      this.#switch.either(
        () => guard.run(() => this.#primary.used(key)),
        () => this.#embedded.used(key),
      ),
    );
  }

  async tokens(key: string, options: CallOptions = {}): Promise<readonly string[]> {
    checkKey(key);
    const { guard } = this.#switch;
    return withinDeadline('reservations.tokens', options, () =>
      this.#switch.either(
        () => guard.run(() => this.#primary.tokens(key)),
        () => this.#embedded.tokens(key),
      ),
    );
  }

  async #mark(mark: Mark): Promise<void> {
    await this.#marks.add(mark).catch(this.#onUnmarked);
  }
}
