import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HttpConnection, type Target } from './http-connection.ts';
import { LoadTally } from './load-tally.ts';
import { SeededRandom } from './seeded-random.ts';

/** What one client may use. */
export interface LoadContext {
  readonly target: Target;
  readonly tally: LoadTally;
  readonly random: SeededRandom;
  /** True when the client should finish what it has begun and return. */
  readonly isStopping: boolean;
  /** Waits that long, or until the load is stopped. */
  pause(delayMs: number): Promise<void>;
  /** Opens a connection; null when it could not be made, which is counted as a lost request. */
  open(): Promise<HttpConnection | null>;
  /** Closes a connection, or counts how the server did. */
  release(connection: HttpConnection): Promise<void>;
}

export type LoadClient = (context: LoadContext) => Promise<void>;

/** A broken server must not turn a test into an endless loop. */
const MAX_LOSSES = 2_000;
const MAX_LOAD_MS = 120_000;

/** Clients at work, until `stop`. */
export class Load {
  readonly tally = new LoadTally();
  readonly #stop = new AbortController();
  readonly #limit = setTimeout(() => this.#stop.abort(), MAX_LOAD_MS);
  readonly #clients: Promise<void>[];

  constructor(target: Target, clients: readonly LoadClient[], seed = 1) {
    setMaxListeners(0, this.#stop.signal); // each client waits on it
    this.#clients = clients.map((client, index) =>
      client(this.#context(target, new SeededRandom(seed * 1_000 + index))),
    );
    // A fault of a client is thrown by `stop`, not before.
    for (const client of this.#clients) client.catch(() => {});
  }

  /** Lets all clients finish their requests; resolves when the last has. */
  async stop(): Promise<LoadTally> {
    this.#stop.abort();
    clearTimeout(this.#limit);
    await Promise.all(this.#clients);
    return this.tally;
  }

  #context(target: Target, random: SeededRandom): LoadContext {
    const { tally } = this;
    const { signal } = this.#stop;
    return {
      target,
      tally,
      random,
      get isStopping() {
        return signal.aborted || tally.losses.length >= MAX_LOSSES;
      },
      pause: (delayMs) => delay(delayMs, undefined, { signal }).catch(() => {}),
      open: () => open(target, tally),
      release: (connection) => release(connection, tally),
    };
  }
}

async function open(target: Target, tally: LoadTally): Promise<HttpConnection | null> {
  const sentAtMs = Date.now();
  try {
    const connection = await HttpConnection.open(target);
    tally.connects += 1;
    return connection;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    const nowMs = Date.now();
    tally.requests += 1;
    tally.losses.push({ code, message, pid: null, sentAtMs, lostAtMs: nowMs, connectedAtMs: nowMs });
    return null;
  }
}

async function release(connection: HttpConnection, tally: LoadTally): Promise<void> {
  if (connection.announced) tally.announcedCloses += 1;
  else if (connection.lost !== null) tally.unannouncedCloses += 1;
  await connection.close();
}
