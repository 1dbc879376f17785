import type { ServerRegistry } from './registry.ts';
import type { ServerDescription } from './server.ts';

/** What the loop needs of a ticker. */
export interface Scheduler {
  /** Runs `run` every `periodMs`, first after one period, never twice at a time; the returned function ends it. */
  every(periodMs: number, name: string, run: () => Promise<void>): () => void;
}

/** A server that tells the registry of itself three times per TTL, so that two heartbeats may be lost. */
export class Announcement {
  readonly #registry: ServerRegistry;
  readonly #describe: () => ServerDescription;
  readonly #end: () => void;
  /** Until all that are on their way have arrived. */
  #beating: Promise<unknown> = Promise.resolve();
  #lastId: string | null = null;
  #stopped = false;

  /** @param describe gives the figures of the moment */
  constructor(registry: ServerRegistry, describe: () => ServerDescription, scheduler: Scheduler, ttlMs: number) {
    this.#registry = registry;
    this.#describe = describe;
    this.#end = scheduler.every(ttlMs / 3, 'fleet heartbeat', () => this.beat());
  }

  /** One heartbeat, also between those of the loop, as when the figures change. @throws StateError; FleetError FLEET_BAD_ARGUMENT */
  async beat(): Promise<void> {
    if (this.#stopped) return;
    const description = this.#describe();
    this.#lastId = description.id;
    const beat = this.#registry.heartbeat(description);
    this.#beating = Promise.allSettled([this.#beating, beat]);
    await beat;
  }

  /** Ends the loop and takes the server out of the registry at once. @throws StateError: then its TTL does it */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#end();
    // One on its way would put it back.
    await this.#beating;
    if (this.#lastId !== null) await this.#registry.remove(this.#lastId);
  }
}
