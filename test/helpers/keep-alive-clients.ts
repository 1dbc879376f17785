import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';

/**
 * Clients that each ask again and again over one keep-alive connection, until they are stopped or the server says that it closes the
 * connection. Whatever else ends a connection is a failure.
 */
export class KeepAliveClients {
  /** Complete answers with status 200. */
  answered = 0;
  /** Connections that the server closed in order: with `Connection: close` on a complete answer. */
  closed = 0;
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #ended: Promise<unknown>;
  #stopping = false;

  constructor(url: string, clients: number) {
    this.#url = url;
    this.#ended = Promise.all(Array.from({ length: clients }, () => this.#run()));
  }

  /** Resolves when every connection has come to its end by itself. */
  get ended(): Promise<unknown> {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (let closing = false; !closing && !this.#stopping; ) {
        const response = await this.#ask(agent);
        this.answered += 1;
        closing = response.headers.connection === 'close';
        if (closing) this.closed += 1;
      }
    } catch (error) {
      this.failures.push((error as Error).message);
    } finally {
      agent.destroy();
    }
  }

  async #ask(agent: Agent): Promise<IncomingMessage> {
    const [response] = (await once(get(this.#url, { agent }), 'response')) as [IncomingMessage];
    const ended = once(response, 'end'); // rejects on 'error', which a cut answer is
    response.resume();
    await ended;
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return response;
  }
}
