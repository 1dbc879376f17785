/** The keys of one fleet. They share a hash tag, so that a Redis Cluster keeps them together, and no driver needs to look for them. */
export class FleetKeys {
  readonly #base: string;

  /** @param name of the fleet */
  constructor(name: string) {
    this.#base = `fleet:{${name}}:`;
  }

  /** A set: the ids of servers that were registered at some time. */
  get servers(): string {
    return `${this.#base}servers`;
  }

  /** A value with a TTL: one server's description. */
  server(id: string): string {
    return `${this.#base}server:${id}`;
  }

  /** Reservations: all slots and bandwidth that are leased. */
  get amounts(): string {
    return `${this.#base}amounts`;
  }

  /** A versioned record: one lease. */
  lease(id: string): string {
    return `${this.#base}lease:${id}`;
  }

  /** Who looks for expired leases at the moment. */
  get reaper(): string {
    return `${this.#base}reaper`;
  }
}
