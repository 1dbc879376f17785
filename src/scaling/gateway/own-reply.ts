import { STATUS_CODES } from './status-codes.ts';

export interface OwnReply {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** The request was a HEAD: the fields alone. */
  readonly bodiless: boolean;
  /** The connection ends after it. */
  readonly close: boolean;
  readonly retryAfterSeconds: number | undefined;
  /** More lines, each with its CRLF. */
  readonly extra: string;
}

/** An answer of the gateway's own: a problem document (RFC 9457). */
export function ownReply(reply: OwnReply): string {
  const title = STATUS_CODES[reply.status] ?? '';
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status: reply.status,
    code: reply.code,
    detail: reply.detail,
  });
  const retry = reply.retryAfterSeconds === undefined ? '' : `Retry-After: ${reply.retryAfterSeconds}\r\n`;
  return (
    `HTTP/1.1 ${reply.status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `Cache-Control: no-store\r\n${reply.close ? 'Connection: close\r\n' : ''}${retry}${reply.extra}\r\n${reply.bodiless ? '' : body}`
  );
}
