/** Asks for one answer now and then, while the page is visible, and at once when something has happened. */
import { type Api, RefusalError } from './api.ts';
import { page } from './dom.ts';

export interface PollerOptions<Answer> {
  readonly api: Api;
  readonly path: () => string;
  readonly everyMs: number;
  /** False: not now. */
  readonly wanted?: () => boolean;
  readonly draw: (answer: Answer) => void;
  /** The server says no, and why. */
  readonly refuse: (detail: string) => void;
}

export class Poller<Answer> {
  readonly #options: PollerOptions<Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;
  #again = false;

  constructor(options: PollerOptions<Answer>) {
    this.#options = options;
  }

  /** Asks now; while an answer is under way, once more after it. */
  async ask(): Promise<void> {
    const { api, path, everyMs, wanted, draw, refuse } = this.#options;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#asking = true;
    try {
      if (api.session !== null && !page.document.hidden && (wanted?.() ?? true)) draw(await api.get<Answer>(path()));
    } catch (error) {
      // Not reachable: the link says so, and the next round asks again.
      if (error instanceof RefusalError && error.status !== 401) refuse(error.message);
    } finally {
      this.#asking = false;
      this.#timer = setTimeout(() => this.ask(), this.#again ? 100 : everyMs);
      this.#again = false;
    }
  }
}
