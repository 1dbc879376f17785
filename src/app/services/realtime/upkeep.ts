/**
 * What keeps a worker's part of the realtime service true: its list of those present, its members' waits and conversations are renewed,
 * and whatever a lost message left behind is put right.
 */
import type { Conversations } from '../../repositories/state/conversations.ts';
import type { Attendance, Roster } from '../../repositories/state/roster.ts';
import { Rhythm } from '../rhythm.ts';
import type { WorkerIdentity } from '../worker-identity.ts';
import type { RealtimeHub } from './hub.ts';
import type { Matchmaking } from './matchmaking.ts';
import type { Member } from './member.ts';

export interface UpkeepParts {
  readonly hub: RealtimeHub;
  readonly worker: WorkerIdentity;
  readonly roster: Roster<WorkerIdentity>;
  readonly conversations: Conversations;
  readonly matchmaking: Matchmaking;
  readonly nowMs?: () => number;
}

/** A third of the time that a list lives without its worker. */
export const UPKEEP_MS = 10_000;
/** A page that reconnects does so within seconds; a partner who is nowhere for this long is gone. */
export const GONE_AFTER_MS = 30_000;

export class RealtimeUpkeep {
  readonly #parts: UpkeepParts;
  readonly #nowMs: () => number;
  readonly #rhythm = new Rhythm(
    UPKEEP_MS,
    () => this.run(),
    () => undefined,
  );

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? Date.now;
  }

  start(): void {
    this.#rhythm.start();
  }

  /** One round. @throws StateError; the next round does it again */
  async run(): Promise<void> {
    const { hub, roster, worker } = this.#parts;
    const members = hub.members;
    await roster.renew(Object.fromEntries(members.map((member) => [member.id, member.attendance(worker)])));
    if (members.length === 0) return;
    const isTalking = members.some(({ engagement }) => engagement.state === 'talking');
    const present = isTalking ? await roster.all() : [];
    await Promise.all(members.map((member) => member.inTurn(() => this.#keep(member, present))));
  }

  async close(): Promise<void> {
    this.#rhythm.stop();
    await this.#parts.roster.leave();
  }

  async #keep(member: Member, present: readonly Attendance[]): Promise<void> {
    if (member.engagement.state === 'waiting') await this.#keepWaiting(member);
    else if (member.engagement.state === 'talking') await this.#keepTalking(member, present);
  }

  async #keepWaiting(member: Member): Promise<void> {
    const { hub, matchmaking } = this.#parts;
    if (member.engagement.state !== 'waiting') return;
    const found = await matchmaking.renew(member.engagement.waiting);
    if (found === undefined) {
      member.stopWaiting();
      await hub.engagements.find(member);
    } else if ('room' in found && member.pair(found)) {
      await hub.engagements.present(member);
    }
  }

  async #keepTalking(member: Member, present: readonly Attendance[]): Promise<void> {
    const { hub, conversations } = this.#parts;
    const { conversation } = member;
    if (conversation === undefined) return;
    const { room, partner } = conversation;
    const current = await conversations.of(member.user.id);
    if (current?.room !== room) {
      member.end(room, 'gone');
      if (current !== undefined) member.pair(current);
      await hub.engagements.present(member);
      return;
    }
    const isPresent = present.some(({ userId }) => userId === partner.id);
    if (member.seePartner(isPresent, this.#nowMs()) >= GONE_AFTER_MS)
      await hub.engagements.end(member, conversation, 'gone');
    else await conversations.renew(member.user.id);
  }
}
