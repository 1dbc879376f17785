import type { GatewayUpstream } from '../ipc/gateway-protocol.ts';

/** Beyond the slots of workers. */
const FIRST_SPARE_SLOT = 1_000_000;

interface Served {
  readonly upstream: GatewayUpstream;
  /** Differs from its own while its predecessor still serves. */
  slot: number;
  draining: boolean;
}

/** The workers that serve one listener of the gateway. A slot has one holder, whose clients it keeps; its successor waits for it. */
export class UpstreamRoster {
  readonly #served = new Map<string, Served>();
  #spareSlot = FIRST_SPARE_SLOT;

  /** Takes a worker in; returns it with the slot that it holds for now, or null when it is there already. */
  add(upstream: GatewayUpstream): GatewayUpstream | null {
    if (this.#served.has(upstream.name)) return null;
    const isHeld = [...this.#served.values()].some(({ slot, draining }) => slot === upstream.slot && !draining);
    const slot = isHeld ? this.#spareSlot++ : upstream.slot;
    this.#served.set(upstream.name, { upstream, slot, draining: false });
    return { ...upstream, slot };
  }

  /** It is to get nothing new. Null: it is not here, or is told already; else who inherits its slot, if somebody does. */
  drain(name: string): { readonly heir: GatewayUpstream | null } | null {
    const served = this.#served.get(name);
    if (served === undefined || served.draining) return null;
    served.draining = true;
    return { heir: this.#inherit(served.slot) };
  }

  /** It is gone. Null: it is not here; else who inherits its slot, if nobody has yet and somebody does. */
  remove(name: string): { readonly heir: GatewayUpstream | null } | null {
    const served = this.#served.get(name);
    if (served === undefined) return null;
    this.#served.delete(name);
    return { heir: served.draining ? null : this.#inherit(served.slot) };
  }

  /** Those that get what is new, with the slots they hold. */
  get serving(): readonly GatewayUpstream[] {
    return [...this.#served.values()].flatMap(({ upstream, slot, draining }) =>
      draining ? [] : { ...upstream, slot },
    );
  }

  /** The successor of a worker that leaves gets its slot, and with it its clients. */
  #inherit(slot: number): GatewayUpstream | null {
    for (const served of this.#served.values()) {
      if (served.upstream.slot !== slot || served.slot === slot || served.draining) continue;
      served.slot = slot;
      return served.upstream;
    }
    return null;
  }
}
