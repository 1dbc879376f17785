/** A fleet on an embedded store inside the test, with time turned by hand. */
import {
  createFleet,
  DEFAULT_FLEET_SETTINGS,
  type Fleet,
  type FleetSettings,
} from '../../../../src/scaling/fleet/index.ts';
import type { FleetServer, ServerDescription } from '../../../../src/scaling/fleet/server.ts';
import type { CapacityLimits } from '../../../../src/scaling/fleet/settings.ts';
import { LocalState } from '../../../../src/scaling/state/embedded/local-state.ts';
import type { Reservations, SharedState, VersionedRecords } from '../../../../src/scaling/state/shared-state.ts';

export const START_MS = 1_700_000_000_000;

export const NO_LIMITS: CapacityLimits = DEFAULT_FLEET_SETTINGS.limits;

export function describedServer(id: string, over: Partial<ServerDescription> = {}): ServerDescription {
  const figures = { maxSlots: 10, maxBandwidthMbps: null, load: null };
  return { id, host: `${id}.example`, port: 3001, location: 'eu', version: '1.0.0', ...figures, ...over };
}

export function registeredServer(id: string, over: Partial<FleetServer> = {}): FleetServer {
  return { ...describedServer(id), source: 'heartbeat', ttlMs: 60_000, seenAtMs: START_MS, ...over };
}

/** Runs what it is given when the test says so. */
export class HandScheduler {
  readonly tasks = new Map<string, { readonly periodMs: number; readonly run: () => Promise<void> }>();

  every(periodMs: number, name: string, run: () => Promise<void>): () => void {
    this.tasks.set(name, { periodMs, run });
    return () => void this.tasks.delete(name);
  }

  async run(name: string): Promise<void> {
    const task = this.tasks.get(name);
    if (task === undefined) throw new Error(`${name} is not scheduled; ${[...this.tasks.keys()].join()} are`);
    await task.run();
  }
}

export class FleetFixture {
  readonly settings: FleetSettings;
  readonly state: LocalState;
  readonly fleet: Fleet;
  readonly scheduler = new HandScheduler();
  readonly errors: string[] = [];
  nowMs = START_MS;
  #ids = 0;

  constructor(limits: Partial<CapacityLimits> = {}, times: Partial<FleetSettings> = {}) {
    this.settings = { ...DEFAULT_FLEET_SETTINGS, ...times, limits: { ...NO_LIMITS, ...limits } };
    this.state = new LocalState({ memoryLimitBytes: 64 * 1024 * 1024, now: () => this.nowMs });
    this.fleet = this.another(this.state);
  }

  /** Another process of the same fleet, over a state that may be a faulty one. */
  another(state: SharedState): Fleet {
    return createFleet(state, this.settings, {
      scheduler: this.scheduler,
      nowMs: () => this.nowMs,
      newId: () => `made-${++this.#ids}`,
      onError: (what, error) => this.errors.push(`${what}: ${(error as Error).message}`),
    });
  }

  register(id: string, over: Partial<ServerDescription> = {}): Promise<unknown> {
    return this.fleet.registerServer({ ...describedServer(id, over), ttlMs: 86_400_000 });
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  used(): Promise<Readonly<Record<string, number>>> {
    return this.state.reservations.used(`fleet:{${this.settings.name}}:amounts`);
  }

  async close(): Promise<void> {
    await this.fleet.stop();
    await this.state.close();
  }
}

/** The code of what `work` fails with; `none` when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'none';
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

/** The same state, of which some calls on records and reservations do what a test wants. */
export function tampered(
  state: SharedState,
  over: {
    readonly records?: Partial<VersionedRecords>;
    readonly reservations?: Partial<Reservations>;
    readonly status?: SharedState['status'];
  },
): SharedState {
  const overlaid = <T extends object>(inner: T, own: Partial<T> = {}): T =>
    new Proxy(inner, {
      get: (target, name) => {
        const value: unknown = Reflect.get(name in own ? own : target, name);
        return typeof value === 'function' && !(name in own) ? value.bind(target) : value;
      },
    });
  const { status } = over;
  return overlaid<SharedState>(state, {
    ...(status && { status }),
    records: overlaid(state.records, over.records),
    reservations: overlaid(state.reservations, over.reservations),
  } as Partial<SharedState>);
}
