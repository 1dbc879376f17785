import type { SharedState } from 'tidegate/state';

const KEY = 'app:realtime:totals';

/** What all workers counted of the realtime service. */
export class Totals {
  readonly #state: SharedState;

  constructor(state: SharedState) {
    this.#state = state;
  }

  async add(name: string, by: number): Promise<void> {
    await this.#state.hashIncrement(KEY, name, by);
  }

  async all(): Promise<Readonly<Record<string, number>>> {
    const fields = Object.entries(await this.#state.hashGetAll(KEY));
    return Object.fromEntries(fields.map(([name, count]) => [name, Number(count.toString())]));
  }
}
