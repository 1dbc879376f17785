import type { Fleet } from '../scaling/fleet/index.ts';
import type { CapacityControl, FleetControl, LeaseControl } from '../scaling/management/services.ts';

/** The fleet for the control API, joined when it is first asked for. */
export class FleetAccess implements FleetControl, CapacityControl {
  readonly leases: LeaseControl;
  readonly #fleet: Fleet;
  readonly #ready: () => Promise<void>;

  constructor(fleet: Fleet, ready: () => Promise<void>) {
    this.#fleet = fleet;
    this.#ready = ready;
    const { leases } = fleet;
    const joined = async <T>(run: () => Promise<T>): Promise<T> => {
      await ready();
      return run();
    };
    this.leases = {
      create: (request) => joined(() => leases.create(request)),
      connect: (id) => joined(() => leases.connect(id)),
      heartbeat: (id) => joined(() => leases.heartbeat(id)),
      disconnect: (id) => joined(() => leases.disconnect(id)),
      get: (id) => joined(() => leases.get(id)),
    };
  }

  async getFleetStats(): ReturnType<FleetControl['getFleetStats']> {
    await this.#ready();
    return this.#fleet.getFleetStats();
  }

  async getServer(id: string): ReturnType<FleetControl['getServer']> {
    await this.#ready();
    return this.#fleet.getServer(id);
  }

  async registerServer(
    request: Parameters<FleetControl['registerServer']>[0],
  ): ReturnType<FleetControl['registerServer']> {
    await this.#ready();
    return this.#fleet.registerServer(request);
  }

  async removeServer(id: string): ReturnType<FleetControl['removeServer']> {
    await this.#ready();
    return this.#fleet.removeServer(id);
  }

  async getCapacity(): ReturnType<CapacityControl['getCapacity']> {
    await this.#ready();
    return this.#fleet.getCapacity();
  }
}
