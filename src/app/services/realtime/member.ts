/** One connection of a user: what it is in, and what it is told. */
import { randomUUID } from 'node:crypto';
import type { Conversation } from '../../repositories/state/conversations.ts';
import type { Waiting } from '../../repositories/state/lobby.ts';
import type { Attendance } from '../../repositories/state/roster.ts';
import type { User } from '../accounts.ts';
import { SLOW_READER_BYTES } from '../chat-room.ts';
import type { WorkerIdentity } from '../worker-identity.ts';
import type { EndReason, ServerMessage } from './protocol.ts';

/** A user's connection, as far as the service needs it. */
export interface RealtimeConnection {
  send(text: string): void;
  /** Bytes sent and not yet taken by the network. */
  bufferedBytes(): number;
  /** Lets a member go who reads too slowly. */
  dropSlowReader(): void;
  /** The session that let it in is over. */
  closeLoggedOut(): void;
}

export type Engagement =
  | { readonly state: 'idle' }
  | { readonly state: 'waiting'; readonly waiting: Waiting }
  | {
      readonly state: 'talking';
      readonly conversation: Conversation;
      /** Since when the partner is not connected anywhere; null: connected when last seen. */
      readonly partnerGoneSinceMs: number | null;
    };

const IDLE: Engagement = { state: 'idle' };

export class Member {
  readonly id = randomUUID();
  readonly user: User;
  /** Names the session without giving it away. */
  readonly session: string;
  readonly #connection: RealtimeConnection;
  readonly #sinceMs: number;
  #engagement: Engagement = IDLE;
  #turn: Promise<void> = Promise.resolve();

  constructor(user: User, session: string, connection: RealtimeConnection, nowMs: number) {
    this.user = user;
    this.session = session;
    this.#connection = connection;
    this.#sinceMs = nowMs;
  }

  get engagement(): Engagement {
    return this.#engagement;
  }

  /** The conversation of that room; undefined: it is in another, or in none. */
  in(room: string): Conversation | undefined {
    const { conversation } = this;
    return conversation?.room === room ? conversation : undefined;
  }

  get conversation(): Conversation | undefined {
    return this.#engagement.state === 'talking' ? this.#engagement.conversation : undefined;
  }

  attendance(worker: WorkerIdentity): Attendance<WorkerIdentity> {
    const { id: userId, name } = this.user;
    const room = this.conversation?.room ?? null;
    return { userId, name, worker, sinceMs: this.#sinceMs, state: this.#engagement.state, room };
  }

  tell(message: ServerMessage): void {
    if (this.#connection.bufferedBytes() <= SLOW_READER_BYTES) this.#connection.send(JSON.stringify(message));
    else this.#connection.dropSlowReader();
  }

  closeLoggedOut(): void {
    this.#connection.closeLoggedOut();
  }

  wait(waiting: Waiting): void {
    this.#engagement = { state: 'waiting', waiting };
    this.tell({ type: 'waiting' });
  }

  /** After a reconnect, without a word: `ready` says it. */
  resume(conversation: Conversation): void {
    this.#engagement = { state: 'talking', conversation, partnerGoneSinceMs: null };
  }

  /** False: it was in this conversation already. */
  pair(conversation: Conversation): boolean {
    if (this.in(conversation.room) !== undefined) return false;
    this.resume(conversation);
    this.tell({ type: 'paired', ...conversation });
    return true;
  }

  /** False: it is not in this conversation. */
  end(room: string, reason: EndReason | null): boolean {
    if (this.in(room) === undefined) return false;
    this.#engagement = IDLE;
    if (reason !== null) this.tell({ type: 'ended', reason });
    return true;
  }

  stopWaiting(): void {
    if (this.#engagement.state === 'waiting') this.#engagement = IDLE;
  }

  /** Notes whether the partner is connected anywhere; how long that has not been so, in milliseconds. */
  seePartner(isPresent: boolean, nowMs: number): number {
    if (this.#engagement.state !== 'talking') return 0;
    const partnerGoneSinceMs = isPresent ? null : (this.#engagement.partnerGoneSinceMs ?? nowMs);
    this.#engagement = { ...this.#engagement, partnerGoneSinceMs };
    return partnerGoneSinceMs === null ? 0 : nowMs - partnerGoneSinceMs;
  }

  /** Runs `work` when what was begun before has ended, so that a leave follows the find before it. */
  inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}
