import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RemoteState } from '../../../src/scaling/state/embedded/remote-state.ts';
import { StateProcess } from '../../../src/scaling/state/embedded/state-launcher.ts';

/** A store process of a test, in a directory of its own. */
export class EmbeddedStore {
  readonly #directory: string;
  readonly #process: StateProcess;
  readonly #socketPath: string;

  private constructor() {
    this.#directory = mkdtempSync(path.join(tmpdir(), 'tidegate-state-'));
    this.#socketPath = path.join(this.#directory, 'state.sock');
    this.#process = new StateProcess({
      socketPath: this.#socketPath,
      memoryLimitBytes: 64 * 1024 * 1024,
      log: () => {},
    });
  }

  static async start(): Promise<EmbeddedStore> {
    const store = new EmbeddedStore();
    await store.#process.start();
    return store;
  }

  /** A connection of its own. */
  async connect(): Promise<RemoteState> {
    const state = new RemoteState({ socketPath: this.#socketPath });
    await state.connect();
    return state;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
