import type { Runtime } from './runtime.ts';
import { until } from './runtime.ts';
import type { SeededRandom } from './seeded-random.ts';

/** A worker that lived shorter counts as a failed start, and three of those as a crash loop: another test's matter. */
const KILLABLE_AGE_MS = 1_500;
const MAX_WORKERS = 4;

/** What was done to a runtime, in order. */
export interface ChaosEvent {
  readonly what: string;
  readonly atMs: number;
}

/** Does random things to a runtime: the same for the same seed, as far as the machine lets it. */
export class Chaos {
  readonly events: ChaosEvent[] = [];
  /** When workers were killed. */
  readonly killsAtMs: number[] = [];
  /** Workers wanted last. */
  desired: number;
  readonly #runtime: Runtime;
  readonly #random: SeededRandom;
  readonly #running: Promise<unknown>[] = [];

  constructor(runtime: Runtime, random: SeededRandom, desired: number) {
    this.#runtime = runtime;
    this.#random = random;
    this.desired = desired;
  }

  /** Goes on for `durationMs`, then waits until the runtime has come to rest with as many workers as are wanted. */
  async rage(durationMs: number, actions: readonly ChaosAction[] = CHAOS_ACTIONS): Promise<void> {
    const endMs = Date.now() + durationMs;
    while (Date.now() < endMs) {
      await this.#act(this.#random.pick(actions));
      const pauseMs = this.#random.integer(0, 600);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await Promise.all(this.#running);
    await until(
      `${this.desired} workers at rest`,
      async () => {
        const { ready, workers, reload } = await this.#runtime.status();
        return reload?.outcome !== 'running' && ready === this.desired && workers.length === this.desired;
      },
      45_000,
    );
  }

  /** For messages. */
  toString(): string {
    const firstMs = this.events[0]?.atMs ?? 0;
    return this.events.map(({ what, atMs }) => `${atMs - firstMs} ${what}`).join('; ');
  }

  async #act(action: ChaosAction): Promise<void> {
    const runtime = this.#runtime;
    switch (action) {
      case 'scale': {
        const instances = this.#random.integer(1, MAX_WORKERS);
        this.#note(`scale ${instances}`);
        await runtime.api('POST', '/scaling/manual', { instances, reason: 'chaos', force: true });
        this.desired = instances;
        return;
      }
      case 'reload':
        // May be refused while another runs, and fails when its new worker is killed.
        this.#note('reload');
        this.#expectNothing(runtime.reload());
        return;
      case 'block': {
        const ms = this.#random.integer(200, 1_500);
        this.#note(`block ${ms}`);
        this.#expectNothing(fetch(`${runtime.url}/block?ms=${ms}`));
        return;
      }
      case 'kill': {
        const oldEnough = (await runtime.ready()).filter(
          ({ readyAtMs }) => Date.now() - Number(readyAtMs) > KILLABLE_AGE_MS,
        );
        if (oldEnough.length === 0) return;
        const { id, pid } = this.#random.pick(oldEnough);
        this.#note(`kill worker ${id}`);
        this.killsAtMs.push(Date.now());
        process.kill(Number(pid), 'SIGKILL');
        return;
      }
    }
  }

  /** Waited for in the end, whatever comes of it. */
  #expectNothing(work: Promise<unknown>): void {
    this.#running.push(work.catch(() => {}));
  }

  #note(what: string): void {
    this.events.push({ what, atMs: Date.now() });
  }
}

export type ChaosAction = 'scale' | 'reload' | 'block' | 'kill';

export const CHAOS_ACTIONS: readonly ChaosAction[] = ['scale', 'scale', 'reload', 'reload', 'block', 'kill'];
export const GENTLE_ACTIONS: readonly ChaosAction[] = ['scale', 'scale', 'reload', 'block'];
