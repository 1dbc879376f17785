/** One chat room per worker: members are whoever is connected to this process. */
import { ChatMessageError, parseClientMessage, type ServerMessage } from './chat-protocol.ts';
import type { WorkerIdentity } from './worker-identity.ts';

/** A member's connection, as far as the room needs it. */
export interface ChatConnection {
  send(text: string): void;
  /** Bytes sent and not yet taken by the network. */
  bufferedBytes(): number;
  /** Lets a member go who reads too slowly. */
  dropSlowReader(): void;
}

/** A member with more than this waiting is let go: the room must not fill memory for one who does not read. */
export const SLOW_READER_BYTES = 1_048_576;

export class ChatRoom {
  readonly #worker: WorkerIdentity;
  readonly #members = new Map<ChatConnection, string>();
  #joined = 0;

  constructor(worker: WorkerIdentity) {
    this.#worker = worker;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Adds a member under a name of the room's choosing, and welcomes it. */
  join(connection: ChatConnection): void {
    this.#joined += 1;
    const name = `guest-${this.#joined}`;
    this.#members.set(connection, name);
    this.#tell(connection, { type: 'welcome', name, members: this.size, worker: this.#worker });
  }

  leave(connection: ChatConnection): void {
    this.#members.delete(connection);
  }

  /** Acts on what a member sent; what cannot be understood is answered with an error message. */
  receive(connection: ChatConnection, text: string): void {
    const from = this.#members.get(connection);
    if (from === undefined) return;
    try {
      const message = parseClientMessage(text);
      if (message.type === 'echo') this.#tell(connection, { ...message, worker: this.#worker });
      else this.#tellAll({ ...message, from, members: this.size, worker: this.#worker });
    } catch (error) {
      if (!(error instanceof ChatMessageError)) throw error;
      this.#tell(connection, { type: 'error', code: error.code, message: error.message });
    }
  }

  #tell(connection: ChatConnection, message: ServerMessage): void {
    this.#deliver(connection, JSON.stringify(message));
  }

  #tellAll(message: ServerMessage): void {
    const encoded = JSON.stringify(message);
    for (const connection of [...this.#members.keys()]) this.#deliver(connection, encoded);
  }

  #deliver(connection: ChatConnection, encoded: string): void {
    if (connection.bufferedBytes() <= SLOW_READER_BYTES) {
      connection.send(encoded);
      return;
    }
    this.leave(connection);
    connection.dropSlowReader();
  }
}
