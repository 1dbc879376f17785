/** GET /events, kept open: read by fetch, because EventSource can't send a token. */
import { type Api, RefusalError } from './api.ts';
import { takeEvents } from './event-text.ts';
import { type LinkState, retryDelayMs } from './link.ts';

/** The server says something every 15 s at least. */
const SILENCE_MS = 40_000;

export interface StreamOptions {
  readonly api: Api;
  readonly onEvent: (name: string, data: unknown) => void;
  /** The link changed its phase. */
  readonly onPhase: () => void;
}

export class EventStream {
  readonly #options: StreamOptions;
  #phase: LinkState['phase'] = 'connecting';
  #figuresAtMs = 0;
  #retryAtMs = 0;
  #failures = 0;
  #heardAtMs = 0;
  #running = false;
  #retryNow: () => void = () => {};

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get link(): LinkState {
    return { phase: this.#phase, figuresAtMs: this.#figuresAtMs, retryAtMs: this.#retryAtMs };
  }

  /** Connects, and again whenever the connection is lost, until a login is needed; then call it again. */
  async run(): Promise<void> {
    if (this.#running) return this.#retryNow();
    this.#running = true;
    for (;;) {
      this.#turn('connecting');
      const loginNeeded = await this.#read();
      if (loginNeeded) break;
      const delayMs = retryDelayMs(this.#failures, Math.random());
      this.#failures += 1;
      this.#retryAtMs = Date.now() + delayMs;
      this.#turn('lost');
      await this.#pause(delayMs);
    }
    this.#running = false;
  }

  /** @returns whether a login is needed before another attempt makes sense */
  async #read(): Promise<boolean> {
    const control = new AbortController();
    const silence = this.#watchSilence(control);
    try {
      const response = await this.#options.api.send('GET', 'events?view=changes', { signal: control.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) return false;
        this.#heardAtMs = Date.now();
        const { events, rest } = takeEvents(text + piece.value);
        text = rest;
        for (const { name, data } of events) if (name !== '') this.#take(name, JSON.parse(data));
      }
    } catch (error) {
      return error instanceof RefusalError && error.status === 401;
    } finally {
      clearTimeout(silence());
      control.abort();
    }
  }

  #take(name: string, data: unknown): void {
    if (name === 'state' || name === 'change') this.#figuresAtMs = Date.now();
    if (name === 'state') {
      this.#failures = 0;
      this.#turn('open');
    }
    this.#options.onEvent(name, data);
  }

  #turn(phase: LinkState['phase']): void {
    this.#phase = phase;
    this.#options.onPhase();
  }

  /** A connection that died without a word is given up. Returns how to get at the timer that is set now. */
  #watchSilence(control: AbortController): () => ReturnType<typeof setTimeout> {
    this.#heardAtMs = Date.now();
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      const leftMs = this.#heardAtMs + SILENCE_MS - Date.now();
      if (leftMs <= 0) control.abort();
      else timer = setTimeout(look, leftMs);
    };
    timer = setTimeout(look, SILENCE_MS);
    return () => timer;
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#retryNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
