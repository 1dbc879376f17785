import { randomUUID } from 'node:crypto';
import type { SharedState } from '../state/shared-state.ts';
import { Ticker } from '../ticker.ts';
import { Announcement, type Scheduler } from './announcement.ts';
import { type Capacity, capacityOf } from './capacity.ts';
import { type FleetSnapshot, figuresOf } from './figures.ts';
import { type FleetStats, fleetStats, type ServerView, serverView } from './fleet-stats.ts';
import { FleetKeys } from './keys.ts';
import { LeaseStore } from './lease-store.ts';
import { Leases } from './leases.ts';
import { bestServer } from './placement.ts';
import { LeaseReaper } from './reaper.ts';
import { ServerRegistry } from './registry.ts';
import type { FleetServer, ServerDescription } from './server.ts';
import { checkSettings, type FleetSettings } from './settings.ts';
import { Settling } from './settling.ts';

export interface FleetOptions {
  /** Runs heartbeats and sweeps; without it the fleet has a ticker of its own, which does not keep the process alive. */
  readonly scheduler?: Scheduler;
  /** A heartbeat or sweep that failed; the next one tries again. */
  readonly onError?: (what: string, error: unknown) => void;
  /** Milliseconds since 1970, for what people read; what expires does so by the store's clock. */
  readonly nowMs?: () => number;
  readonly newId?: () => string;
}

/** A server as another process or person describes it. */
export interface RegistrationRequest extends ServerDescription {
  /** For a server that nobody registers again; the fleet's TTL without it. */
  readonly ttlMs?: number;
}

/** The servers that work together: who they are, how much they can take, and who has leased what of it. */
export class Fleet {
  readonly leases: Leases;
  readonly #settings: FleetSettings;
  readonly #state: SharedState;
  readonly #keys: FleetKeys;
  readonly #registry: ServerRegistry;
  readonly #reaper: LeaseReaper;
  readonly #scheduler: Scheduler;
  readonly #ownTicker: Ticker | null;
  readonly #settling: Settling;
  readonly #nowMs: () => number;
  readonly #onError: (what: string, error: unknown) => void;
  readonly #announcements = new Set<Announcement>();
  #endSweeps: () => void = () => {};

  /** @throws FleetError FLEET_BAD_ARGUMENT that names the setting */
  constructor(state: SharedState, settings: FleetSettings, options: FleetOptions = {}) {
    const { onError = () => {}, nowMs = Date.now, newId = randomUUID } = options;
    this.#settings = checkSettings(settings);
    this.#state = state;
    this.#nowMs = nowMs;
    this.#settling = new Settling(settings.leaseTtlMs);
    this.#onError = onError;
    this.#ownTicker = options.scheduler === undefined ? new Ticker({ onError }) : null;
    this.#scheduler = options.scheduler ?? (this.#ownTicker as Ticker);
    this.#keys = new FleetKeys(settings.name);
    this.#registry = new ServerRegistry(state, this.#keys, settings.serverTtlMs, nowMs);
    const store = new LeaseStore(state, this.#keys, settings);
    const snapshot = (): Promise<FleetSnapshot> => this.#snapshot();
    const settlingMs = (): number => this.#settlingMs();
    this.leases = new Leases({ state, keys: this.#keys, store, settings, snapshot, settlingMs, nowMs, newId });
    this.#reaper = new LeaseReaper(state, this.#keys, store, nowMs);
  }

  /**
   * Registers this process and keeps it registered. Resolves after the first heartbeat, or after it failed, which `onError` is told of.
   * @param describe gives the figures of the moment, three times per TTL
   */
  async announce(describe: () => ServerDescription): Promise<Announcement> {
    const announcement = new Announcement(this.#registry, describe, this.#scheduler, this.#settings.serverTtlMs);
    this.#announcements.add(announcement);
    await announcement.beat().catch((error: unknown) => this.#onError('fleet heartbeat', error));
    return announcement;
  }

  /** Begins to end leases whose heartbeats stay away; all primaries of a fleet may, they take turns. */
  startReaper(): void {
    this.#endSweeps();
    const periodMs = this.#settings.leaseTtlMs / 4;
    // A turn ends before the next period of the same process begins.
    const turnMs = Math.floor(periodMs * 0.9);
    this.#endSweeps = this.#scheduler.every(periodMs, 'fleet leases', async () => {
      this.#settlingMs();
      await this.#reaper.sweepInTurn(turnMs);
    });
  }

  /** One sweep at once. @throws StateError */
  async reap(): Promise<{ readonly expired: number; readonly released: number }> {
    return this.#reaper.sweep();
  }

  /** The server with room for a slot that is used least; undefined: none. @throws StateError */
  async getBestServer({
    location = null,
  }: {
    readonly location?: string | null;
  } = {}): Promise<FleetServer | undefined> {
    return bestServer(await this.#snapshot(), this.#settings.limits, location);
  }

  /** @throws StateError */
  async getFleetStats(): Promise<FleetStats> {
    return fleetStats(await this.#snapshot(), this.#settings.limits);
  }

  /** @throws StateError */
  async getCapacity(): Promise<Capacity> {
    const capacity = capacityOf(await this.#snapshot(), this.#settings.limits);
    return this.#settlingMs() === 0 ? capacity : { ...capacity, hasCapacity: false, code: 'CAPACITY_UNKNOWN' };
  }

  /** One server of the statistics; undefined: there is none of that id. @throws StateError */
  async getServer(id: string): Promise<ServerView | undefined> {
    const server = await this.#registry.get(id);
    return server === undefined ? undefined : this.#view(server);
  }

  /** Registers a server that cannot do so itself; done again it is its heartbeat. @throws FleetError SERVER_REGISTERS_ITSELF, …; StateError */
  async registerServer({
    ttlMs = this.#settings.serverTtlMs,
    ...description
  }: RegistrationRequest): Promise<{ readonly created: boolean; readonly server: ServerView }> {
    const { created, server } = await this.#registry.register(description, ttlMs);
    return { created, server: await this.#view(server) };
  }

  /** Takes out a server that was registered so. @throws FleetError SERVER_NOT_FOUND, SERVER_REGISTERS_ITSELF; StateError */
  async removeServer(id: string): Promise<FleetServer> {
    return this.#registry.unregister(id);
  }

  /** Ends heartbeats and sweeps, and takes out the servers announced here. The state stays open: it is not the fleet's. */
  async stop(): Promise<void> {
    this.#endSweeps();
    await Promise.all(
      [...this.#announcements].map((announcement) =>
        announcement.stop().catch((error: unknown) => this.#onError('fleet leave', error)),
      ),
    );
    this.#announcements.clear();
    await this.#ownTicker?.stop();
  }

  #settlingMs(): number {
    return this.#settling.leftMs(this.#state.status(), this.#nowMs());
  }

  async #snapshot(): Promise<FleetSnapshot> {
    const [servers, used] = await Promise.all([
      this.#registry.list(),
      this.#state.reservations.used(this.#keys.amounts),
    ]);
    return { servers, used };
  }

  async #view(server: FleetServer): Promise<ServerView> {
    const used = await this.#state.reservations.used(this.#keys.amounts);
    return serverView(figuresOf(server, { servers: [server], used }, this.#settings.limits));
  }
}
