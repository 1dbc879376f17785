import type { AccessEntry } from '../access-log.ts';
import type { RequestHead } from '../wire/request-head.ts';
import type { ClientOrigin } from './client-origin.ts';

/** What the access log will say of an exchange. */
export class ExchangeRecord {
  readonly startMs: number;
  status = 0;
  sentBytes = 0;
  retries = 0;
  queueMs = Number.NaN;
  connectMs = Number.NaN;
  responseMs = Number.NaN;

  constructor(nowMs: number) {
    this.startMs = nowMs;
  }

  entry(
    { client }: ClientOrigin,
    head: RequestHead,
    end: {
      readonly upstream: string | undefined;
      readonly receivedBytes: number;
      readonly termination: string;
      readonly nowMs: number;
    },
  ): AccessEntry {
    return {
      clientAddress: client.address,
      clientPort: client.port,
      method: head.method,
      target: head.target,
      host: head.host,
      status: this.status,
      upstream: end.upstream,
      queueMs: this.queueMs,
      connectMs: this.connectMs,
      responseMs: this.responseMs,
      totalMs: end.nowMs - this.startMs,
      receivedBytes: end.receivedBytes,
      sentBytes: this.sentBytes,
      retries: this.retries,
      termination: end.termination,
    };
  }
}
