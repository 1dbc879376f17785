import type { EmbeddedState } from './embedded/embedded-state.ts';
import { LazyState } from './lazy/lazy-state.ts';
import type { RedisState } from './redis/redis-state.ts';
import type { StateSettings } from './settings.ts';
import type { SharedState } from './shared-state.ts';

/** What is made when the shared state is opened, for those who need more than its interface. */
export interface OpenedState {
  readonly state: SharedState;
  /** This machine's own store, which is always there: the job board and the fallback live in it. */
  readonly embedded: EmbeddedState;
  /** null: nothing is kept on Redis. */
  readonly redis: RedisState | null;
}

/** Called when the embedded store begins or ends to stand in for Redis: why, or null. */
export type OnDegraded = (degraded: { readonly reason: string } | null) => void;

export interface ConnectionOptions {
  /** Called before the store is connected to: whoever starts it does so now. */
  readonly beforeOpen: () => void | Promise<void>;
  readonly onDegraded?: OnDegraded;
}

/** How often Redis is asked whether it is back. */
const PROBE_INTERVAL_MS = 500;
/** A Redis that has not answered for this long is taken for gone; a healthy one answers within 2 ms. */
const DETECT_MS = 250;

/** The shared state of one process: opened when it is first used. */
export class StateConnection {
  readonly settings: StateSettings;
  readonly state: LazyState;
  readonly #options: ConnectionOptions;
  #parts: Promise<OpenedState> | undefined;

  constructor(settings: StateSettings, options: ConnectionOptions) {
    this.settings = settings;
    this.#options = options;
    this.state = new LazyState(
      settings.redis === null ? 'embedded' : 'fallback',
      async () => (await this.parts()).state,
    );
  }

  parts(): Promise<OpenedState> {
    this.#parts ??= this.#open().catch((error: unknown) => {
      this.#parts = undefined; // the next call tries again
      throw error;
    });
    return this.#parts;
  }

  /** Ends the connections, if there are any. */
  async close(): Promise<void> {
    await this.state.close();
    const parts = await this.#parts?.catch(() => undefined);
    await parts?.redis?.close();
    await parts?.embedded.close();
  }

  async #open(): Promise<OpenedState> {
    const { beforeOpen, onDegraded } = this.#options;
    await beforeOpen();
    const embedded = await openEmbedded(this.settings);
    const { redis: redisSettings, keyPrefix } = this.settings;
    if (redisSettings === null) return { state: embedded, embedded, redis: null };
    // Loaded here: ioredis costs 60 ms and 15 MB, which an app without Redis need not pay.
    const [{ RedisState }, { FallbackState }] = await Promise.all([
      import('./redis/redis-state.ts'),
      import('./fallback/fallback-state.ts'),
    ]);
    const redis = new RedisState(redisSettings, keyPrefix);
    await redis.connect();
    const state = new FallbackState({
      primary: redis,
      embedded,
      probeIntervalMs: PROBE_INTERVAL_MS,
      detectMs: Math.min(DETECT_MS, redisSettings.commandTimeoutMs),
      ...(onDegraded && { onChange: onDegraded }),
    });
    return { state, embedded, redis };
  }
}

async function openEmbedded({ socketPath, memoryLimitBytes }: StateSettings): Promise<EmbeddedState> {
  if (socketPath === null) {
    const { LocalState } = await import('./embedded/local-state.ts');
    return new LocalState({ memoryLimitBytes });
  }
  const { RemoteState } = await import('./embedded/remote-state.ts');
  // It connects by itself, and again when it was cut off; calls wait for that, each until its deadline.
  return new RemoteState({ socketPath });
}
