/** The messages of `/ws`, all of them JSON objects with a `type`. */
import type { WorkerIdentity } from './worker-identity.ts';

export type ClientMessage =
  | { readonly type: 'echo'; readonly data: unknown }
  | { readonly type: 'chat'; readonly text: string };

export type ServerMessage =
  | { readonly type: 'welcome'; readonly name: string; readonly members: number; readonly worker: WorkerIdentity }
  | { readonly type: 'echo'; readonly data: unknown; readonly worker: WorkerIdentity }
  | {
      readonly type: 'chat';
      readonly from: string;
      readonly text: string;
      readonly members: number;
      readonly worker: WorkerIdentity;
    }
  | { readonly type: 'error'; readonly code: ChatErrorCode; readonly message: string };

export type ChatErrorCode = 'BAD_JSON' | 'BAD_MESSAGE' | 'UNKNOWN_TYPE';

export const CHAT_TEXT_MAX_LENGTH = 1_000;

/** A message that cannot be acted on; it is answered with an error message, and the connection stays. */
export class ChatMessageError extends Error {
  readonly code: ChatErrorCode;
  override readonly name = 'ChatMessageError';

  constructor(code: ChatErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The message in `text`.
 * @throws ChatMessageError BAD_JSON, BAD_MESSAGE (wrong shape) or UNKNOWN_TYPE
 */
export function parseClientMessage(text: string): ClientMessage {
  const message = parseObject(text);
  if (message.type === 'echo') {
    if (!Object.hasOwn(message, 'data'))
      throw new ChatMessageError('BAD_MESSAGE', 'an echo message needs a field data');
    return { type: 'echo', data: message.data };
  }
  if (message.type === 'chat') {
    if (typeof message.text !== 'string' || message.text === '' || message.text.length > CHAT_TEXT_MAX_LENGTH) {
      const allowed = `a field text of 1 to ${CHAT_TEXT_MAX_LENGTH} characters`;
      throw new ChatMessageError('BAD_MESSAGE', `a chat message needs ${allowed}`);
    }
    return { type: 'chat', text: message.text };
  }
  throw new ChatMessageError('UNKNOWN_TYPE', 'the field type must be "echo" or "chat"');
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChatMessageError('BAD_JSON', 'the message is not JSON, e.g. {"type":"chat","text":"hello"}');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatMessageError('BAD_MESSAGE', 'the message must be a JSON object with a field type');
  }
  return value as Record<string, unknown>;
}
