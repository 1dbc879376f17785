/** What brings members together and apart: waits and conversations, in the shared state and for those who are to know of them. */
import { type PubSub, userChannel } from 'tidegate/state';
import type { Conversation, Conversations } from '../../repositories/state/conversations.ts';
import type { Roster } from '../../repositories/state/roster.ts';
import type { EventLog } from '../event-log.ts';
import type { WorkerIdentity } from '../worker-identity.ts';
import type { RealtimeCounts } from './counts.ts';
import type { Matchmaking } from './matchmaking.ts';
import type { Member } from './member.ts';
import type { EndReason, UserNotice } from './protocol.ts';

export interface EngagementParts {
  readonly worker: WorkerIdentity;
  readonly pubsub: Pick<PubSub, 'publish' | 'subscribe'>;
  readonly roster: Roster<WorkerIdentity>;
  readonly conversations: Conversations;
  readonly matchmaking: Matchmaking;
  readonly counts: RealtimeCounts;
  readonly events: EventLog;
}

export class Engagements {
  readonly #parts: EngagementParts;
  readonly #isConnected: (member: Member) => boolean;

  constructor(parts: EngagementParts, isConnected: (member: Member) => boolean) {
    this.#parts = parts;
    this.#isConnected = isConnected;
  }

  /** Both sides end, wherever they are. `by`: the member that asked for it. */
  async end(member: Member, conversation: Conversation, reason: EndReason): Promise<void> {
    const { conversations, counts, events } = this.#parts;
    const { room, partner } = conversation;
    const by = reason === 'left' ? member.id : null;
    const [wasOpen] = await Promise.all([conversations.end(member.user.id, room), conversations.end(partner.id, room)]);
    if (wasOpen) {
      counts.count('endedConversations');
      events.note('conversation.ended', member.user.id, { room, reason });
    }
    await Promise.all([
      this.publish(member.user.id, { type: 'ended', room, reason, by }),
      this.publish(partner.id, { type: 'ended', room, reason, by }),
    ]);
    member.end(room, reason === 'left' ? null : reason);
    await this.present(member);
  }

  /** Enters a member in the list of those present; what fails now is put right by the next renewal of the list. */
  async present(member: Member): Promise<void> {
    if (!this.#isConnected(member)) return;
    await this.#parts.roster.put(member.id, member.attendance(this.#parts.worker)).catch(() => undefined);
  }

  /** Looks for a partner, anew or again. @throws RealtimeError LOBBY_BUSY; StateError */
  async find(member: Member): Promise<void> {
    const { matchmaking, events } = this.#parts;
    if (member.engagement.state === 'waiting') {
      member.wait(member.engagement.waiting);
      return;
    }
    const match = await matchmaking.find(member.user);
    if (match.kind === 'waiting') {
      member.wait(match.waiting);
      // The connection may have been closed meanwhile; then nobody else would end the wait.
      if (!this.#isConnected(member)) await this.stopWaiting(member);
    } else if (match.theirs === null) {
      if (!member.pair(match.mine)) member.tell({ type: 'paired', ...match.mine });
    } else {
      member.pair(match.mine);
      events.note('conversation.started', member.user.id, { room: match.mine.room });
      await Promise.all([
        this.publish(member.user.id, { type: 'paired', conversation: match.mine }),
        this.publish(match.mine.partner.id, { type: 'paired', conversation: match.theirs }),
      ]);
    }
    await this.present(member);
  }

  /** Ends what the member is in. @throws StateError */
  async depart(member: Member): Promise<void> {
    const { conversation } = member;
    if (conversation !== undefined) await this.end(member, conversation, 'left');
    else await this.stopWaiting(member);
    await this.present(member);
  }

  /** @throws StateError */
  async stopWaiting(member: Member): Promise<void> {
    const { engagement } = member;
    if (engagement.state !== 'waiting') return;
    member.stopWaiting();
    await this.#parts.matchmaking.stopWaiting(engagement.waiting);
  }

  /** @throws StateError: it may not have been heard */
  publish(userId: string, notice: UserNotice): Promise<void> {
    return this.#parts.pubsub.publish(userChannel(userId), notice);
  }
}
