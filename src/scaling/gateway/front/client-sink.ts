import type { ByteSink } from '../wire/one-write.ts';

/** Where a client's answer goes, in HTTP/1.1: its socket, or what makes frames of it. */
export interface ClientSink extends ByteSink {
  /** Bytes that lie here still, perhaps as slices of what was written. */
  readonly writableLength: number;
  /** No more should be written before it has drained. */
  readonly writableNeedDrain: boolean;
  /** What lies here is not sent any more. */
  readonly destroyed: boolean;
  end(): unknown;
}
