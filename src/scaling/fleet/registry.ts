import type { SharedState } from '../state/shared-state.ts';
import { FleetError } from './errors.ts';
import type { FleetKeys } from './keys.ts';
import { checkServer, decodeServer, encodeServer, type FleetServer, type ServerDescription } from './server.ts';

/** The outcome of a registration by hand; `created` false: it was there and its time began anew. */
export interface Registration {
  readonly created: boolean;
  readonly server: FleetServer;
}

/**
 * The servers there are. Each is an entry that the store itself lets expire, so that no clocks of different machines are compared;
 * a set beside them tells which entries to ask for, because looking through all keys of a store would cost more the more it keeps.
 */
export class ServerRegistry {
  readonly #state: SharedState;
  readonly #keys: FleetKeys;
  readonly #ttlMs: number;
  readonly #nowMs: () => number;
  /** Since when an id of the set has had no entry, as seen from here. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(state: SharedState, keys: FleetKeys, ttlMs: number, nowMs: () => number) {
    this.#state = state;
    this.#keys = keys;
    this.#ttlMs = ttlMs;
    this.#nowMs = nowMs;
  }

  /** A server's word of itself, for the time of its TTL; safe to repeat. @throws FleetError FLEET_BAD_ARGUMENT; StateError */
  async heartbeat(description: ServerDescription): Promise<void> {
    await this.#put(this.#complete(description, 'heartbeat', this.#ttlMs));
  }

  /**
   * Registers a server that cannot do it itself; done again it is its heartbeat.
   * @param ttlMs for one that nobody repeats; the fleet's TTL without it
   * @throws FleetError FLEET_BAD_ARGUMENT, SERVER_REGISTERS_ITSELF; StateError
   */
  async register(description: ServerDescription, ttlMs: number = this.#ttlMs): Promise<Registration> {
    const server = this.#complete(description, 'api', ttlMs);
    const there = await this.get(server.id);
    if (there?.source === 'heartbeat') throw registersItself(there);
    await this.#put(server);
    return { created: there === undefined, server };
  }

  /** The server that was removed. @throws FleetError SERVER_NOT_FOUND, SERVER_REGISTERS_ITSELF; StateError */
  async unregister(id: string): Promise<FleetServer> {
    const there = await this.get(id);
    if (there === undefined) throw new FleetError('SERVER_NOT_FOUND', `There is no server ${JSON.stringify(id)}`);
    if (there.source === 'heartbeat') throw registersItself(there);
    await this.remove(id);
    return there;
  }

  /** What a server does when it leaves in order; without effect when it is not there. */
  async remove(id: string): Promise<void> {
    await this.#state.delete([this.#keys.server(id)]);
    await this.#state.setRemove(this.#keys.servers, [id]);
  }

  async get(id: string): Promise<FleetServer | undefined> {
    const value = await this.#state.get(this.#keys.server(id));
    return value === undefined ? undefined : decodeServer(value);
  }

  /** The living servers, by id. */
  async list(): Promise<readonly FleetServer[]> {
    const ids = [...(await this.#state.setMembers(this.#keys.servers))].sort();
    if (ids.length === 0) return [];
    const values = await this.#state.getMany(ids.map((id) => this.#keys.server(id)));
    const gone = this.#longGone(ids.filter((_, index) => values[index] === undefined));
    // One that comes back at this very moment loses its place in the set, and has it again with its next heartbeat.
    if (gone.length > 0) await this.#state.setRemove(this.#keys.servers, gone);
    return values.flatMap((value) => (value === undefined ? [] : (decodeServer(value) ?? [])));
  }

  /** Those that have been missing for a TTL: a replica that is behind does not know of the newest yet. */
  #longGone(missing: readonly string[]): readonly string[] {
    const nowMs = this.#nowMs();
    const since = missing.map((id) => [id, this.#missingSinceMs.get(id) ?? nowMs] as const);
    this.#missingSinceMs.clear();
    for (const [id, sinceMs] of since) this.#missingSinceMs.set(id, sinceMs);
    return since.filter(([, sinceMs]) => nowMs - sinceMs >= this.#ttlMs).map(([id]) => id);
  }

  #complete(description: ServerDescription, source: FleetServer['source'], ttlMs: number): FleetServer {
    const { id, host, port, location, version, maxSlots, maxBandwidthMbps, load } = description;
    const told = { id, host, port, location, version, maxSlots, maxBandwidthMbps, load };
    return checkServer({ ...told, source, ttlMs, seenAtMs: this.#nowMs() });
  }

  async #put(server: FleetServer): Promise<void> {
    await this.#state.set(this.#keys.server(server.id), encodeServer(server), { ttlMs: server.ttlMs });
    await this.#state.setAdd(this.#keys.servers, [server.id]);
  }
}

function registersItself({ id, host, port }: FleetServer): FleetError {
  const detail = `Server ${id} (${host}:${port}) registers itself; stop it there, or take another id`;
  return new FleetError('SERVER_REGISTERS_ITSELF', detail);
}
