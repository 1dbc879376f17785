import { GatewayError } from '../errors.ts';
import type { GatewaySettings } from '../settings.ts';
import type { Upstream } from './upstream.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** A request that wants an upstream. */
export interface Claimant {
  /** What hashing goes by. */
  readonly affinityKey: string | undefined;
  /** Where its client has been before; it waits for that one as long as it can be had. */
  readonly pinned: Upstream | undefined;
  /** Upstreams that failed it. */
  readonly tried: readonly Upstream[] | undefined;
  /** It has one: claimed. */
  assigned(upstream: Upstream): void;
  queued(): void;
  refused(error: GatewayError): void;
}

/** Gives each request an upstream: picking and claiming in one step, or a place in the one queue, first come first served. */
export class Dispatcher {
  readonly #pool: UpstreamPool;
  readonly #settings: GatewaySettings;
  readonly #queue: Claimant[] = [];
  #serving = false;
  shed = 0;

  constructor(pool: UpstreamPool, settings: GatewaySettings) {
    this.#pool = pool;
    this.#settings = settings;
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  dispatch(claimant: Claimant, nowMs: number): void {
    const pick = this.#choose(claimant, nowMs);
    if (typeof pick !== 'string') {
      this.#claim(claimant, pick);
      return;
    }
    if (pick === 'none') {
      claimant.refused(new GatewayError('NO_UPSTREAM', 'No upstream can be had.', 1));
      return;
    }
    if (this.#queue.length >= this.#settings.maxqueue) {
      this.shed += 1;
      claimant.refused(new GatewayError('QUEUE_FULL', `${this.#settings.maxqueue} requests are waiting already.`, 1));
      return;
    }
    this.#queue.push(claimant);
    claimant.queued();
  }

  /** A claim has ended. */
  release(upstream: Upstream, nowMs: number): void {
    upstream.active -= 1;
    if (this.#queue.length > 0) this.serveQueue(nowMs);
  }

  /** Gives what room there is to those who have waited longest. */
  serveQueue(nowMs: number): void {
    if (this.#serving) return; // a claim that ended at once: the loop under way sees the room
    this.#serving = true;
    try {
      this.#serve(nowMs);
    } finally {
      this.#serving = false;
    }
  }

  #serve(nowMs: number): void {
    for (let index = 0; index < this.#queue.length; ) {
      const claimant = this.#queue[index] as Claimant;
      const pick = this.#choose(claimant, nowMs);
      if (pick === 'busy') {
        // A pinned one waits for its own; those behind it may go elsewhere.
        if (claimant.pinned === undefined) return;
        index += 1;
        continue;
      }
      this.#queue.splice(index, 1);
      if (pick === 'none') claimant.refused(new GatewayError('NO_UPSTREAM', 'No upstream can be had.', 1));
      else this.#claim(claimant, pick);
    }
  }

  /** It waits no longer. */
  leave(claimant: Claimant): void {
    const index = this.#queue.indexOf(claimant);
    if (index !== -1) this.#queue.splice(index, 1);
  }

  #choose(claimant: Claimant, nowMs: number): Upstream | 'busy' | 'none' {
    const { pinned, tried } = claimant;
    if (pinned !== undefined && !(tried?.includes(pinned) ?? false) && this.#pool.isEligible(pinned)) {
      return pinned.hasRoom ? pinned : 'busy';
    }
    return this.#pool.pick(claimant.affinityKey, tried, nowMs);
  }

  #claim(claimant: Claimant, upstream: Upstream): void {
    upstream.active += 1;
    upstream.requests += 1;
    claimant.assigned(upstream);
  }
}
