/** One request, as the access log sees it; the times are HAProxy's. */
export interface AccessEntry {
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly method: string;
  readonly target: string;
  readonly host: string;
  /** 0: no answer was sent. */
  readonly status: number;
  /** The upstream's name; undefined when none was reached. */
  readonly upstream: string | undefined;
  /** Waiting for an upstream with room (Tw); NaN when it was not reached, as the others below. */
  readonly queueMs: number;
  /** Until connected, 0 on an open connection (Tc). */
  readonly connectMs: number;
  /** From the request sent to the response's head (Tr). */
  readonly responseMs: number;
  /** From the request's head to the end (Ta). */
  readonly totalMs: number;
  /** Of bodies, in payload. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly retries: number;
  /** `--` when all went well, else who ended it and where (see `terminationOf`). */
  readonly termination: string;
}

export type AccessLog = (entry: AccessEntry) => void;
