/** Finds partners across workers and machines. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Conversation, Conversations } from '../../repositories/state/conversations.ts';
import type { Lobby, Waiting } from '../../repositories/state/lobby.ts';
import type { User } from '../accounts.ts';
import { RealtimeError } from './protocol.ts';

export type Match =
  | { readonly kind: 'waiting'; readonly waiting: Waiting }
  /** `theirs`: the conversation as the partner sees it; null: it was there before. */
  | { readonly kind: 'paired'; readonly mine: Conversation; readonly theirs: Conversation | null };

/** Each try that fails is one that somebody else made. */
const TRIES = 60;
const TRIES_AT_ONCE = 5;
const LONGEST_PAUSE_MS = 20;

export class Matchmaking {
  readonly #lobby: Lobby;
  readonly #conversations: Conversations;
  readonly #random: () => number;

  constructor(lobby: Lobby, conversations: Conversations, random: () => number = Math.random) {
    this.#lobby = lobby;
    this.#conversations = conversations;
    this.#random = random;
  }

  /**
   * Pairs the user with whoever waits, else lets the user wait.
   * @throws RealtimeError LOBBY_BUSY; StateError
   */
  async find({ id: userId, name }: User): Promise<Match> {
    const present = await this.#conversations.of(userId);
    if (present !== undefined) return { kind: 'paired', mine: present, theirs: null };
    const waiting: Waiting = { userId, name, ticket: randomUUID() };
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const other = await this.#lobby.find();
      if (other === undefined) {
        if (await this.#lobby.enter(waiting)) return { kind: 'waiting', waiting };
      } else if (await this.#lobby.take(other)) {
        // Of the user's own: of another tab, or left behind by a worker that died; the new one stands in for it.
        if (other.userId !== userId) return await this.#pair({ id: userId, name }, other);
      }
      if (tries > TRIES_AT_ONCE) await pause(this.#random() * LONGEST_PAUSE_MS);
    }
    throw new RealtimeError('LOBBY_BUSY', 'too many look for a partner at this moment; try again');
  }

  /** The wait goes on; what became of it if it is over already; undefined: nothing, so that the user must look again. */
  async renew(waiting: Waiting): Promise<Waiting | Conversation | undefined> {
    if (await this.#lobby.renew(waiting)) return waiting;
    return this.#conversations.of(waiting.userId);
  }

  /** Ends a wait. */
  async stopWaiting(waiting: Waiting): Promise<void> {
    await this.#lobby.take(waiting);
  }

  async #pair(user: User, other: Waiting): Promise<Match> {
    const room = randomUUID();
    const mine = { room, partner: { id: other.userId, name: other.name }, initiator: true };
    const theirs = { room, partner: { id: user.id, name: user.name }, initiator: false };
    await Promise.all([this.#conversations.set(user.id, mine), this.#conversations.set(other.userId, theirs)]);
    return { kind: 'paired', mine, theirs };
  }
}
