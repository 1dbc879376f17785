import type { Arrival } from '../ipc/arrival.ts';
import type { MovedState } from '../ipc/protocol.ts';
import type { NativeHandle } from './native.ts';

/** How long a connection waits for a worker before it is closed. */
const PATIENCE_MS = 30_000;
/** More than this many are shed at once. */
const MAX_WAITING = 10_000;

/** A connection that the primary holds until a worker has it. */
export interface Passenger {
  readonly key: string;
  readonly handle: NativeHandle;
  readonly moved: MovedState | null;
  readonly arrival?: Arrival;
  /** Of the client; empty when not asked for yet. */
  readonly address: string;
  /** The worker that it comes from, which gets it back only if there is no other. */
  readonly from: number | null;
  readonly sinceMs: number;
}

/** Connections for which no worker is there right now, in the order in which they came. */
export class WaitingConnections {
  #passengers: Passenger[] = [];

  get length(): number {
    return this.#passengers.length;
  }

  /** False: too many wait already. */
  add(passenger: Passenger): boolean {
    if (this.#passengers.length >= MAX_WAITING) return false;
    this.#passengers.push(passenger);
    return true;
  }

  takeAll(): readonly Passenger[] {
    return this.#passengers.splice(0);
  }

  /** Takes those that have waited too long. */
  takeLate(nowMs: number): readonly Passenger[] {
    const isLate = ({ sinceMs }: Passenger): boolean => nowMs - sinceMs > PATIENCE_MS;
    const late = this.#passengers.filter(isLate);
    if (late.length > 0) this.#passengers = this.#passengers.filter((passenger) => !isLate(passenger));
    return late;
  }
}
