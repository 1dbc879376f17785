/** The messages of `/realtime`, all of them JSON objects with a `type`. */
import type { Conversation, Partner } from '../../repositories/state/conversations.ts';
import type { User } from '../accounts.ts';
import type { WorkerIdentity } from '../worker-identity.ts';

const SIGNAL_KINDS = ['offer', 'answer', 'candidate'] as const;
export type SignalKind = (typeof SIGNAL_KINDS)[number];

export type ClientMessage =
  | { readonly type: 'find' }
  | { readonly type: 'leave' }
  | { readonly type: 'say'; readonly id: string; readonly text: string }
  | { readonly type: 'received'; readonly id: string }
  | { readonly type: 'signal'; readonly kind: SignalKind; readonly data: unknown };

export type EndReason = 'left' | 'gone';

export type ServerMessage =
  | {
      readonly type: 'ready';
      readonly user: User;
      readonly worker: WorkerIdentity;
      readonly conversation: Conversation | null;
    }
  | { readonly type: 'waiting' }
  | ({ readonly type: 'paired' } & Conversation)
  | {
      readonly type: 'said';
      readonly id: string;
      readonly text: string;
      readonly from: Partner;
      readonly atMs: number;
    }
  | { readonly type: 'delivered'; readonly id: string }
  | { readonly type: 'signal'; readonly kind: SignalKind; readonly data: unknown }
  | { readonly type: 'ended'; readonly reason: EndReason }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly id?: string };

/** What workers tell each other on a user's channel. */
export type UserNotice =
  | { readonly type: 'paired'; readonly conversation: Conversation }
  | {
      readonly type: 'said';
      readonly room: string;
      readonly id: string;
      readonly text: string;
      readonly from: Partner;
      readonly atMs: number;
    }
  | { readonly type: 'delivered'; readonly room: string; readonly id: string }
  | { readonly type: 'signal'; readonly room: string; readonly kind: SignalKind; readonly data: unknown }
  /** `by`: the connection that ended it, which knows. */
  | { readonly type: 'ended'; readonly room: string; readonly reason: EndReason; readonly by: string | null }
  /** Sockets of this session are to be closed. */
  | { readonly type: 'logged-out'; readonly session: string };

const TEXT_LENGTH = 2_000;
const ID_LENGTH = 64;

export type RealtimeErrorCode = 'BAD_JSON' | 'BAD_MESSAGE' | 'UNKNOWN_TYPE' | 'NOT_TALKING' | 'LOBBY_BUSY';

/** A message that cannot be acted on; it is answered with an error message, and the connection stays. */
export class RealtimeError extends Error {
  override readonly name = 'RealtimeError';
  readonly code: RealtimeErrorCode;
  /** Of the message that was to be said. */
  readonly id: string | undefined;

  constructor(code: RealtimeErrorCode, message: string, id?: string) {
    super(message);
    this.code = code;
    this.id = id;
  }
}

/**
 * The message in `text`.
 * @throws RealtimeError BAD_JSON, BAD_MESSAGE (wrong shape) or UNKNOWN_TYPE
 */
export function parseClientMessage(text: string): ClientMessage {
  const { type, ...fields } = parseObject(text);
  if (type === 'find' || type === 'leave') return { type };
  if (type === 'received') return { type, id: idOf(fields) };
  if (type === 'say') {
    const id = idOf(fields);
    const said = fields.text;
    if (typeof said === 'string' && said.length >= 1 && said.length <= TEXT_LENGTH) return { type, id, text: said };
    throw new RealtimeError('BAD_MESSAGE', `a message needs a field text of 1 to ${TEXT_LENGTH} characters`, id);
  }
  if (type === 'signal') {
    const kind = SIGNAL_KINDS.find((known) => known === fields.kind);
    if (kind !== undefined && fields.data !== undefined) return { type, kind, data: fields.data };
    throw new RealtimeError(
      'BAD_MESSAGE',
      `a signal needs a field kind of ${SIGNAL_KINDS.join(', ')}, and a field data`,
    );
  }
  throw new RealtimeError('UNKNOWN_TYPE', 'the field type must be one of find, leave, say, received, signal');
}

function idOf({ id }: Readonly<Record<string, unknown>>): string {
  if (typeof id === 'string' && id.length >= 1 && id.length <= ID_LENGTH) return id;
  throw new RealtimeError('BAD_MESSAGE', `the field id must be a text of 1 to ${ID_LENGTH} characters`);
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RealtimeError('BAD_JSON', 'the message is not JSON, e.g. {"type":"find"}');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new RealtimeError('BAD_MESSAGE', 'the message must be a JSON object with a field type');
}
