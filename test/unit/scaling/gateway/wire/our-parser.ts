import { BodyReader } from '../../../../../src/scaling/gateway/wire/body-reader.ts';
import { FieldTable } from '../../../../../src/scaling/gateway/wire/field-table.ts';
import { headEnd } from '../../../../../src/scaling/gateway/wire/head-end.ts';
import { readRequestHead } from '../../../../../src/scaling/gateway/wire/request-head.ts';
import { readResponseHead } from '../../../../../src/scaling/gateway/wire/response-head.ts';
import { WireError } from '../../../../../src/scaling/gateway/wire/wire-error.ts';

/** One message of a stream, as a parser tells it. */
export interface Message {
  /** A request's target, a response's status. */
  readonly start: string;
  /** The payload, without framing. */
  readonly body: string;
  readonly complete: boolean;
  /** What follows is no HTTP, or may be none. */
  readonly upgrade: boolean;
}

const MAX_HEAD_BYTES = 16_384;

/** What the wire layer makes of a stream that comes in pieces, up to the first thing it refuses. Errors other than refusals are thrown. */
export function ourMessages(kind: 'request' | 'response', pieces: readonly Buffer[], methodAsked: string): Message[] {
  const messages: Message[] = [];
  const table = new FieldTable();
  let pending: Buffer = Buffer.alloc(0);
  let checked = 0;
  let body: BodyReader | undefined;
  let closes = false;
  const take = (bytes: Buffer): number => {
    if (body !== undefined) {
      const out: Buffer[] = [];
      const end = body.read(bytes, 0, out);
      const last = messages.at(-1) as Message;
      const complete = body.done;
      messages[messages.length - 1] = { ...last, body: last.body + Buffer.concat(out).toString('latin1'), complete };
      if (complete) body = undefined;
      return end;
    }
    const end = headEnd(bytes, checked, MAX_HEAD_BYTES);
    checked = end === -1 ? bytes.length : 0;
    if (end === -1) return 0;
    const text = bytes.toString('latin1', 0, end);
    const head = kind === 'request' ? readRequestHead(text, table) : readResponseHead(text, methodAsked, table);
    const start = 'target' in head ? head.target : String(head.status);
    closes = !head.keepAlive;
    body = new BodyReader(head.framing, 'payload');
    const upgrade = head.connection.upgrade || start === '101';
    messages.push({ start, body: '', complete: body.done, upgrade });
    if (body.done) body = undefined;
    return end;
  };
  try {
    for (const piece of pieces) {
      pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
      for (;;) {
        if (pending.length === 0 || (closes && body === undefined)) break;
        const end = take(pending);
        if (end === 0) break;
        pending = pending.subarray(end);
      }
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return messages;
}
