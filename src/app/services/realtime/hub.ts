/** The realtime service of one worker: its members, and what they and other workers' members say to each other. */
import { type Message, userChannel } from 'tidegate/state';
import { asDependencyError } from '../../dependency-error.ts';
import type { User } from '../accounts.ts';
import { type EngagementParts, Engagements } from './engagements.ts';
import { Member, type RealtimeConnection } from './member.ts';
import { type ClientMessage, parseClientMessage, RealtimeError, type SignalKind, type UserNotice } from './protocol.ts';

export interface HubParts extends EngagementParts {
  readonly nowMs?: () => number;
}

const COUNT_OF = { offer: 'offers', answer: 'answers', candidate: 'candidates' } as const satisfies Record<
  SignalKind,
  string
>;

/** A member, and how its subscription ends. */
interface Seat {
  readonly member: Member;
  readonly unsubscribe: () => Promise<void>;
}

export class RealtimeHub {
  readonly engagements: Engagements;
  readonly #parts: HubParts;
  readonly #nowMs: () => number;
  readonly #seats = new Map<Member, Seat>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.engagements = new Engagements(parts, (member) => this.#seats.has(member));
    this.#nowMs = parts.nowMs ?? Date.now;
  }

  get members(): readonly Member[] {
    return [...this.#seats.keys()];
  }

  /**
   * Lets a connection in, and tells it what it comes back to.
   * @param session a name of the session that it came with
   * @throws StateError
   */
  async join(user: User, session: string, connection: RealtimeConnection): Promise<Member> {
    const { pubsub, conversations, worker } = this.#parts;
    const member = new Member(user, session, connection, this.#nowMs());
    // What comes before `ready` is heard after it: `ready` may or may not know of it.
    let early: Message[] | null = [];
    const unsubscribe = await pubsub.subscribe(userChannel(user.id), (message) => {
      if (early === null) this.#hear(member, message);
      else early.push(message);
    });
    try {
      const conversation = await conversations.of(user.id);
      if (conversation !== undefined) member.resume(conversation);
      this.#seats.set(member, { member, unsubscribe });
      member.tell({ type: 'ready', user, worker, conversation: conversation ?? null });
      for (const message of early) this.#hear(member, message);
      early = null;
    } catch (error) {
      await unsubscribe();
      throw error;
    }
    await this.engagements.present(member);
    return member;
  }

  /** Acts on what a member's page sent; what cannot be understood or done is answered with an error message. */
  receive(member: Member, text: string): void {
    try {
      this.#act(member, parseClientMessage(text));
    } catch (error) {
      this.#refuse(member, error);
    }
  }

  /** The connection is closed. A conversation waits for its return. */
  leave(member: Member): Promise<void> {
    const seat = this.#seats.get(member);
    if (seat === undefined) return Promise.resolve();
    this.#seats.delete(member);
    const { roster } = this.#parts;
    const leaving = Promise.allSettled([
      seat.unsubscribe(),
      roster.remove(member.id),
      member.inTurn(() => this.engagements.stopWaiting(member)),
    ]).then(() => {
      this.#leaving.delete(leaving);
    });
    this.#leaving.add(leaving);
    return leaving;
  }

  /** Closes the connections of a session on all workers. @throws StateError */
  async logOut(userId: string, session: string): Promise<void> {
    await this.engagements.publish(userId, { type: 'logged-out', session });
  }

  /** Resolves when those who left are gone from the shared state. */
  async settled(): Promise<void> {
    await Promise.all(this.#leaving);
  }

  #act(member: Member, message: ClientMessage): void {
    if (message.type === 'find') this.#later(member, () => this.engagements.find(member));
    else if (message.type === 'leave') this.#later(member, () => this.engagements.depart(member));
    else this.#pass(member, message);
  }

  /** In one synchronous step up to the publishing, so that messages keep their order. */
  #pass(member: Member, message: Exclude<ClientMessage, { readonly type: 'find' | 'leave' }>): void {
    const { conversation } = member;
    const { counts } = this.#parts;
    const id = message.type === 'say' ? message.id : undefined;
    if (conversation === undefined) throw new RealtimeError('NOT_TALKING', 'you talk with nobody; find a partner', id);
    const { room, partner } = conversation;
    const { id: userId, name } = member.user;
    if (message.type === 'say') counts.count('messages');
    if (message.type === 'signal') counts.count(COUNT_OF[message.kind]);
    const notice: UserNotice =
      message.type === 'say'
        ? {
            type: 'said',
            room,
            id: message.id,
            text: message.text,
            from: { id: userId, name },
            atMs: this.#nowMs(),
          }
        : message.type === 'received'
          ? { type: 'delivered', room, id: message.id }
          : { type: 'signal', room, kind: message.kind, data: message.data };
    this.engagements.publish(partner.id, notice).catch((error: unknown) => this.#refuse(member, error, id));
  }

  #hear(member: Member, { data }: Message): void {
    const notice = data as UserNotice;
    if (notice.type === 'paired') {
      if (member.pair(notice.conversation)) void this.engagements.present(member);
    } else if (notice.type === 'logged-out') {
      if (notice.session === member.session) member.closeLoggedOut();
    } else if (member.in(notice.room) === undefined) {
      // Of a conversation that this connection has left, or does not know of yet: the sender's page says it again.
    } else if (notice.type === 'ended') {
      if (notice.by !== member.id && member.end(notice.room, notice.reason)) void this.engagements.present(member);
    } else {
      const { room: _, ...message } = notice;
      member.tell(message);
    }
  }

  #later(member: Member, work: () => Promise<void>): void {
    member.inTurn(work).catch((error: unknown) => this.#refuse(member, error));
  }

  #refuse(member: Member, error: unknown, id?: string): void {
    if (!this.#seats.has(member)) return;
    const told = error instanceof RealtimeError ? error : asDependencyError(error);
    if (told === undefined) console.error(error);
    const which = id ?? (error instanceof RealtimeError ? error.id : undefined);
    member.tell({
      type: 'error',
      code: told?.code ?? 'INTERNAL_ERROR',
      message: told?.message ?? 'the app failed; its log says why',
      ...(which !== undefined && { id: which }),
    });
  }
}
