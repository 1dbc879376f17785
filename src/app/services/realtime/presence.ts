/** Who is connected, on any worker or machine. */
import type { Attendance, Roster } from '../../repositories/state/roster.ts';
import type { WorkerIdentity } from '../worker-identity.ts';
import type { Counted, RealtimeCounts } from './counts.ts';

export interface PresentUser {
  readonly id: string;
  readonly name: string;
  readonly worker: WorkerIdentity;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly state: Attendance['state'];
}

export interface RealtimeStats extends Readonly<Record<Counted, number>> {
  readonly connected: number;
  readonly waiting: number;
  readonly conversations: number;
}

export class Presence {
  readonly #roster: Roster<WorkerIdentity>;
  readonly #counts: RealtimeCounts;

  constructor(roster: Roster<WorkerIdentity>, counts: RealtimeCounts) {
    this.#roster = roster;
    this.#counts = counts;
  }

  /** By name. A user with several connections, or one whose old worker died just now, counts once, as the newest one says. */
  async users(): Promise<readonly PresentUser[]> {
    return newestOf(await this.#roster.all())
      .map(({ userId: id, name, worker, sinceMs, state }) => ({ id, name, worker, sinceMs, state }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async stats(): Promise<RealtimeStats> {
    const [everybody, counts] = await Promise.all([this.#roster.all(), this.#counts.all()]);
    const users = newestOf(everybody);
    const rooms = new Set(users.flatMap(({ room }) => (room === null ? [] : [room])));
    const waiting = users.filter(({ state }) => state === 'waiting').length;
    return { connected: users.length, waiting, conversations: rooms.size, ...counts };
  }
}

function newestOf<Entry extends Attendance>(all: readonly Entry[]): readonly Entry[] {
  const users = new Map<string, Entry>();
  for (const entry of all) {
    const known = users.get(entry.userId);
    if (known === undefined || known.sinceMs < entry.sinceMs) users.set(entry.userId, entry);
  }
  return [...users.values()];
}
