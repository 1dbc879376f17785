/** Times during which channels tell nothing of some alerts: those that hold, and a form for another. */
import type { SilenceWish } from './actions.ts';
import type { PageElement } from './dom.ts';
import { byId, drawWhenChanged, make, makeButton, makeTime } from './element.ts';
import { showClock } from './figures.ts';
import { markAllowed } from './permission.ts';

/** As in GET /alerts. */
export interface HeldSilence {
  readonly id: string;
  readonly key: string;
  readonly reason: string;
  readonly by: string;
  readonly endsAtMs: number;
}

export interface SilenceOrders {
  /** Null: the reader may. */
  whyNot(): string | null;
  silence(wish: SilenceWish, onDone: () => void): void;
  endSilence(id: string, key: string): void;
}

export class SilencePanel {
  readonly #orders: SilenceOrders;
  #held: readonly HeldSilence[] = [];

  constructor(orders: SilenceOrders) {
    this.#orders = orders;
    byId('silence-form').onsubmit = (event) => {
      event.preventDefault();
      const wish = {
        key: byId('silence-key').value.trim(),
        for: byId('silence-for').value,
        reason: byId('silence-reason').value.trim(),
      };
      orders.silence(wish, () => {
        byId('silence-form').reset();
        byId('silence-new').open = false;
      });
    };
  }

  /** Opens the form with the alert filled in. */
  propose(key: string): void {
    byId('silence-new').open = true;
    byId('silence-key').value = key;
    byId('silence-for').focus();
  }

  draw(held: readonly HeldSilence[]): void {
    this.#held = held;
    this.redraw();
  }

  /** Somebody else may look at it now. */
  redraw(): void {
    const mayNot = this.#orders.whyNot();
    drawWhenChanged(byId('silence-list'), [this.#held, mayNot], () =>
      this.#held.map((silence) => this.#drawOne(silence, mayNot)),
    );
    byId('silences').hidden = this.#held.length === 0;
  }

  #drawOne({ id, key, reason, by, endsAtMs }: HeldSilence, mayNot: string | null): PageElement {
    const remove = makeButton('small', 'Remove', () => this.#orders.endSilence(id, key));
    remove.setAttribute('aria-label', `Remove the silence of ${key}`);
    markAllowed(remove, mayNot);
    const why = make('p', 'note', reason === '' ? `by ${by}` : `by ${by}: ${reason}`);
    const until = makeTime(endsAtMs, `until ${showClock(endsAtMs)}`);
    return make('li', '', make('div', '', make('p', '', make('b', '', key)), why), until, remove);
  }
}
