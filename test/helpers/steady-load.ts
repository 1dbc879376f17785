import { setTimeout as pause } from 'node:timers/promises';
import { answerOf } from './answer.ts';

/** Clients that ask, wait a while, and ask again, over a new connection each time: a light load that goes to all workers. */
export class SteadyLoad {
  answered = 0;
  readonly failures: (number | string)[] = [];
  readonly #url: string;
  readonly #pauseMs: number;
  readonly #clients: Promise<void>[] = [];
  #stopping = false;

  /** @param pauseMs between an answer and the client's next request */
  constructor(url: string, pauseMs: number) {
    this.#url = url;
    this.#pauseMs = pauseMs;
  }

  add(clients: number): void {
    for (let client = 0; client < clients; client += 1) this.#clients.push(this.#run());
  }

  /** Lets every client finish its request. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#clients);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const answer = await answerOf(this.#url);
      if (answer === 200) this.answered += 1;
      else this.failures.push(answer);
      await pause(this.#pauseMs);
    }
  }
}
