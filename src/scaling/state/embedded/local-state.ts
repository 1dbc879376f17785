import { Ticker } from '../../ticker.ts';
import type { StateStatus } from '../shared-state.ts';
import { EmbeddedState } from './embedded-state.ts';
import { LocalTransport } from './local-transport.ts';
import { STATE_MODULES } from './modules.ts';
import type { Caller } from './operations.ts';
import { ScanCursors } from './scan-cursors.ts';
import { stateNowMs } from './state-clock.ts';
import { StateCore, TICK_MS } from './state-core.ts';
import type { StateModuleFactory } from './state-module.ts';
import { fromStored } from './stored.ts';
import { Subscriptions } from './subscriptions.ts';

/** There is one caller in a process of its own. */
const ONLY_CALLER = 1;

export interface LocalStateOptions {
  /** Most bytes it keeps; at least 64 KiB. */
  readonly memoryLimitBytes: number;
  /** Milliseconds of a clock that never goes back; tests turn it by hand. */
  readonly now?: () => number;
  /** What lives beside the store; the product's modules when not given. */
  readonly modules?: readonly StateModuleFactory[];
}

/**
 * The embedded store inside this process: for an app that runs without the runtime, and for tests. It has no connection to lose, so calls
 * fail only for their arguments, a full store, or after `close`.
 */
export class LocalState extends EmbeddedState {
  readonly #core: StateCore;
  readonly #caller: Caller;
  readonly #local: LocalTransport;
  readonly #ticker = new Ticker({
    onError: (name, error) => process.emitWarning(`${name}: ${(error as Error)?.stack ?? error}`),
  });
  #closed = false;

  /** @throws RangeError for a memory limit below 64 KiB */
  constructor({ memoryLimitBytes, now = stateNowMs, modules = STATE_MODULES }: LocalStateOptions) {
    const core = new StateCore(memoryLimitBytes, modules);
    const caller: Caller = {
      id: ONLY_CALLER,
      greeted: true,
      cursors: new ScanCursors(),
      channels: new Set(),
      push: (channel, message) => queueMicrotask(() => subscriptions.deliver(channel, fromStored(message))),
    };
    const transport = new LocalTransport(core, caller, now);
    const subscriptions = new Subscriptions(transport);
    super(transport, subscriptions);
    this.#core = core;
    this.#caller = caller;
    this.#local = transport;
    this.#ticker.every(TICK_MS, 'shared state', () => core.tick(now()));
  }

  status(): StateStatus {
    return {
      driver: this.driver,
      connected: !this.#closed,
      degradedSinceMs: null,
      reason: null,
      detail: { process: 'this', ...this.#core.store.figures() },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#local.close();
    this.subscriptions.clear();
    await this.#ticker.stop();
    this.#core.forget(this.#caller);
  }
}
