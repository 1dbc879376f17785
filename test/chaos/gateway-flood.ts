import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What one address was told. */
export interface FloodTally {
  offered: number;
  accepted: number;
  refused: number;
  /** Neither 200 nor 429, or no answer. */
  other: number;
  /** Answers without the three RateLimit fields, refusals without Retry-After, and fields that contradict each other. */
  badHeaders: number;
}

/** One address that asks at a steady pace whatever it is told, in turn at several gateways. */
export class AddressFlood {
  readonly tally: FloodTally = { offered: 0, accepted: 0, refused: 0, other: 0, badHeaders: 0 };
  readonly #ports: readonly number[];
  readonly #limit: number;
  readonly #agent: Agent;
  readonly #running = new Set<Promise<void>>();

  /** @param limit what `RateLimit-Limit` has to say */
  constructor(address: string, ports: readonly number[], limit: number) {
    this.#ports = ports;
    this.#limit = limit;
    this.#agent = new Agent({ keepAlive: true, localAddress: address } as object);
  }

  /** Sends each request when it is due, late ones at once. */
  async run(perSecond: number, seconds: number): Promise<void> {
    const startMs = performance.now();
    for (let sent = 0; sent < perSecond * seconds; sent++) {
      await pause(Math.max(0, startMs + (sent * 1000) / perSecond - performance.now()));
      const asking = this.#ask(this.#ports[sent % this.#ports.length] as number);
      this.#running.add(asking);
      void asking.then(() => this.#running.delete(asking));
    }
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  #ask(port: number): Promise<void> {
    const { tally } = this;
    tally.offered += 1;
    return new Promise((resolve) => {
      const asked = request({ port, host: '127.0.0.1', agent: this.#agent }, (response) => {
        if (response.statusCode === 200) tally.accepted += 1;
        else if (response.statusCode === 429) tally.refused += 1;
        else tally.other += 1;
        if (!this.#inOrder(response.statusCode === 429, response.headers)) tally.badHeaders += 1;
        response.resume().once('end', resolve);
      });
      asked.once('error', () => {
        tally.other += 1;
        resolve();
      });
      asked.end();
    });
  }

  #inOrder(refused: boolean, headers: NodeJS.Dict<string | string[]>): boolean {
    const number = (name: string): number => Number(headers[name] ?? Number.NaN);
    const remaining = number('ratelimit-remaining');
    const told =
      number('ratelimit-limit') === this.#limit &&
      remaining >= 0 &&
      remaining < this.#limit &&
      number('ratelimit-reset') >= 0;
    return told && (refused ? remaining === 0 && number('retry-after') >= 1 : headers['retry-after'] === undefined);
  }
}
