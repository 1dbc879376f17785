/** A process of a fleet, for tests: registers itself and creates leases when it is told to. */
import { createFleet, type FleetSettings } from '../../src/scaling/fleet/index.ts';
import { RemoteState } from '../../src/scaling/state/embedded/remote-state.ts';
import { RedisState } from '../../src/scaling/state/redis/redis-state.ts';
import type { RedisSettings } from '../../src/scaling/state/settings.ts';
import type { SharedState } from '../../src/scaling/state/shared-state.ts';

export type StateAddress =
  | { readonly socketPath: string }
  | { readonly redis: RedisSettings; readonly keyPrefix: string };

export interface MemberStart {
  readonly state: StateAddress;
  readonly settings: FleetSettings;
  /** Null: it does not register itself. */
  readonly server: { readonly id: string; readonly maxSlots: number } | null;
}

export interface CreateOrder {
  readonly create: number;
  readonly owner: string;
}

export type MemberReport = { readonly ready: true } | { readonly codes: readonly string[] };

export async function openState(address: StateAddress): Promise<SharedState> {
  const state =
    'socketPath' in address
      ? new RemoteState({ socketPath: address.socketPath })
      : new RedisState(address.redis, address.keyPrefix);
  await state.connect();
  return state;
}

function report(message: MemberReport): void {
  process.send?.(message);
}

async function main({ state: address, settings, server }: MemberStart): Promise<void> {
  const state = await openState(address);
  const fleet = createFleet(state, settings);
  fleet.startReaper();
  if (server !== null) {
    const place = { host: '127.0.0.1', port: 3001, location: 'eu', version: '1', maxBandwidthMbps: null, load: null };
    await fleet.announce(() => ({ ...place, ...server }));
  }
  process.on('message', ({ create, owner }: CreateOrder) => {
    const codes = Array.from({ length: create }, () =>
      fleet.leases.create({ owner }).then(
        () => 'granted',
        (error: { readonly code?: string }) => error.code ?? String(error),
      ),
    );
    void Promise.all(codes).then((all) => report({ codes: all }));
  });
  process.once('SIGTERM', () => {
    void fleet
      .stop()
      .then(() => state.close())
      .then(() => process.exit(0));
  });
  report({ ready: true });
}

const start = process.env.FLEET_MEMBER;
if (start !== undefined) await main(JSON.parse(start) as MemberStart);
