import { createRequire } from 'node:module';
import type { Message } from './our-parser.ts';

interface RawParser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  [callback: number]: unknown;
}

interface ParserClass {
  new (): RawParser;
  readonly REQUEST: number;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser } = createRequire(import.meta.url)('_http_common') as { readonly HTTPParser: ParserClass };

/** What Node's own strict parser (llhttp) makes of the same bytes. */
export function nodeMessages(kind: 'request' | 'response', bytes: Buffer, methodAsked: string): Message[] {
  const parser = new HTTPParser();
  const messages: Message[] = [];
  let body = '';
  let target = '';
  parser.initialize(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
  // Called when there are many fields, and with trailers; the target comes with the former then.
  parser[HTTPParser.kOnHeaders] = (_fields: string[], url: string) => {
    target = url;
  };
  parser[HTTPParser.kOnHeadersComplete] = (...facts: unknown[]): number => {
    const [, , , , url, status, , upgrade] = facts as [
      number,
      number,
      string[],
      number,
      string | undefined,
      number,
      string,
      boolean,
    ];
    body = '';
    messages.push({ start: kind === 'request' ? (url ?? target) : String(status), body, complete: false, upgrade });
    return kind === 'response' && methodAsked === 'HEAD' ? 1 : 0;
  };
  parser[HTTPParser.kOnBody] = (chunk: Buffer, ...at: number[]) => {
    const [from, length] = at;
    body += from === undefined ? chunk.toString('latin1') : chunk.toString('latin1', from, from + (length as number));
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    messages[messages.length - 1] = { ...(messages.at(-1) as Message), body, complete: true };
  };
  parser.execute(bytes);
  const last = messages.at(-1);
  if (last !== undefined && !last.complete) messages[messages.length - 1] = { ...last, body };
  return messages;
}
