/** Clients that ask at a steady pace over kept connections, and note when each answer was complete. */
import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

export class PacedLoad {
  /** When answers were complete, ascending (epoch ms). */
  readonly answeredAtMs: number[] = [];
  failures = 0;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: readonly Promise<void>[];
  #stopping = false;

  /** @param perSecond requests of all clients together */
  constructor(url: string, { clients, perSecond }: { readonly clients: number; readonly perSecond: number }) {
    const periodMs = (clients * 1_000) / perSecond;
    const startMs = Date.now();
    this.#clients = Array.from({ length: clients }, (_, index) =>
      this.#run(url, startMs + (index * periodMs) / clients, periodMs),
    );
  }

  /** Answers from one moment up to another. */
  count(fromMs: number, toMs: number): number {
    return this.answeredAtMs.filter((atMs) => atMs > fromMs && atMs <= toMs).length;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #run(url: string, firstMs: number, periodMs: number): Promise<void> {
    for (let dueMs = firstMs; !this.#stopping; dueMs += periodMs) {
      await pause(Math.max(0, dueMs - Date.now()));
      if (await this.#ask(url)) this.answeredAtMs.push(Date.now());
      else this.failures += 1;
    }
  }

  #ask(url: string): Promise<boolean> {
    return new Promise((resolve) => {
      get(url, { agent: this.#agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode === 200));
      }).once('error', () => resolve(false));
    });
  }
}
