/**
 * What travels: `<instance> <sequence> <json>`. The header is outside of the JSON so that a process which only passes messages on to
 * sockets neither parses nor builds any.
 */
export interface Envelope {
  /** Who published: a PubSub's `instanceId`. */
  readonly publisher: string;
  /** Counts this publisher's messages on this channel, from 1. */
  readonly sequence: number;
  /** The message as JSON text. */
  readonly json: string;
}

export function encodeEnvelope({ publisher, sequence, json }: Envelope): string {
  return `${publisher} ${sequence} ${json}`;
}

/** Undefined for what no PubSub wrote. */
export function decodeEnvelope(bytes: Buffer): Envelope | undefined {
  const text = bytes.toString('utf8');
  const first = text.indexOf(' ');
  const second = text.indexOf(' ', first + 1);
  if (first < 1 || second < 0) return undefined;
  const sequence = Number(text.slice(first + 1, second));
  if (!Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  return { publisher: text.slice(0, first), sequence, json: text.slice(second + 1) };
}

/** A message as a listener gets it; all listeners of a process share it. */
export class Message<T = unknown> implements Envelope {
  readonly channel: string;
  readonly publisher: string;
  readonly sequence: number;
  readonly json: string;
  /** Published by this very process. */
  readonly own: boolean;
  /** How many messages of this publisher, on this channel, were missed just before this one; 0 in quiet. */
  readonly lost: number;
  #parsed: { readonly data: T } | undefined;

  constructor(channel: string, envelope: Envelope, own: boolean, lost: number) {
    this.channel = channel;
    this.publisher = envelope.publisher;
    this.sequence = envelope.sequence;
    this.json = envelope.json;
    this.own = own;
    this.lost = lost;
  }

  /**
   * What was published. Parsed when first asked for, once for all listeners: don't change it.
   * @throws SyntaxError if something else than a PubSub wrote what is not JSON.
   */
  get data(): T {
    this.#parsed ??= { data: JSON.parse(this.json) as T };
    return this.#parsed.data;
  }
}
