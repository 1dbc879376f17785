/** Leases of the fleet's slots for users, and what became of them. */
import type { Fleet, LeaseView } from 'tidegate/state';
import { NoSuchThingError } from '../errors.ts';
import type { LeaseChange, LeaseHistoryRepository } from '../repositories/lease-history-repository.ts';
import { type Fields, textField, wholeField } from './body-fields.ts';

export type LeaseAction = 'connect' | 'heartbeat' | 'disconnect';

const HISTORY_LENGTH = 100;
const MOST_MBPS = 1_000_000_000;
/** How long a lease waits for its history; then that is written behind its back. */
const HISTORY_WAIT_MS = 500;

export class LeaseDesk {
  readonly #leases: Pick<Fleet['leases'], 'create' | 'get' | LeaseAction>;
  readonly #history: LeaseHistoryRepository;
  #unwritten = 0;

  constructor(leases: Pick<Fleet['leases'], 'create' | 'get' | LeaseAction>, history: LeaseHistoryRepository) {
    this.#leases = leases;
    this.#history = history;
  }

  /** Changes that did not get into the history. */
  get unwritten(): number {
    return this.#unwritten;
  }

  /** @throws InvalidFieldError, FleetError */
  async create(owner: string, fields: Fields): Promise<LeaseView> {
    const { bandwidthMbps, location } = fields;
    const { lease } = await this.#leases.create({
      owner,
      ...(bandwidthMbps !== undefined && { bandwidthMbps: wholeField(fields, 'bandwidthMbps', 1, MOST_MBPS) }),
      ...(location !== undefined && {
        location: textField(fields, 'location', /^.{1,100}$/u, 'a text of 1 to 100 characters'),
      }),
    });
    await this.#note(lease);
    return lease;
  }

  /** @throws NoSuchThingError LEASE_NOT_FOUND for others' leases too; FleetError */
  async act(owner: string, id: string, action: LeaseAction): Promise<LeaseView> {
    const before = await this.find(owner, id);
    const lease = await this.#leases[action](id);
    if (lease.status !== before.status) await this.#note(lease);
    return lease;
  }

  /** @throws NoSuchThingError LEASE_NOT_FOUND for others' leases too */
  async find(owner: string, id: string): Promise<LeaseView> {
    const lease = await this.#leases.get(id).catch(noId);
    if (lease?.owner === owner) return lease;
    throw new NoSuchThingError('LEASE_NOT_FOUND', 'you have no such lease, or it ended too long ago');
  }

  /** The user's latest changes, newest first. */
  historyOf(owner: string): Promise<readonly LeaseChange[]> {
    return this.#history.newestOfOwner(owner, HISTORY_LENGTH);
  }

  /** The lease is granted whatever becomes of its history. */
  async #note({ id: leaseId, owner, status }: LeaseView): Promise<void> {
    const writing = this.#history.add({ leaseId, owner, status, atMs: Date.now() }).then(
      () => undefined,
      () => {
        this.#unwritten += 1;
      },
    );
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, HISTORY_WAIT_MS);
    });
    await Promise.race([writing, waited]);
    clearTimeout(timer);
  }
}

/** What cannot be an id is none. */
function noId(error: unknown): undefined {
  if ((error as { code?: unknown }).code === 'STATE_BAD_ARGUMENT') return undefined;
  throw error;
}
