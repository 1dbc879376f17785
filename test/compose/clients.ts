/** Load on the stack that counts what was not answered. */
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { ask } from '../helpers/ask.ts';

/** Keep-alive clients that ask one after the other until they are stopped. */
export class SteadyClients {
  answered = 0;
  slowestMs = 0;
  readonly failures: string[] = [];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #running: Promise<void>[];
  #stopping = false;

  constructor(urls: readonly string[], count: number, pauseMs: number) {
    this.#running = Array.from({ length: count }, (_, index) =>
      this.#run(urls[index % urls.length] as string, pauseMs),
    );
  }

  /** Lets every client finish its request. */
  async stop(): Promise<this> {
    this.#stopping = true;
    await Promise.all(this.#running);
    this.#agent.destroy();
    return this;
  }

  toString(): string {
    return `${this.answered} answered, ${this.failures.length} failed, slowest ${this.slowestMs} ms`;
  }

  async #run(url: string, pauseMs: number): Promise<void> {
    while (!this.#stopping) {
      const beganAtMs = Date.now();
      try {
        const { status } = await ask(url, { agent: this.#agent });
        if (status === 200) this.answered += 1;
        else this.failures.push(`${new URL(url).pathname} ${status}`);
      } catch (error) {
        this.failures.push(`${new URL(url).pathname} ${(error as Error).message}`);
      }
      this.slowestMs = Math.max(this.slowestMs, Date.now() - beganAtMs);
      await pause(pauseMs);
    }
  }
}
