import type { WireError } from './wire/wire-error.ts';

/** Why a request got no answer of an upstream's; stable, for logs and for the body of our own answer. */
export type GatewayErrorCode =
  | 'NO_UPSTREAM'
  | 'QUEUE_FULL'
  | 'QUEUE_TIMEOUT'
  | 'CONNECT_FAILED'
  | 'CONNECT_TIMEOUT'
  | 'UPSTREAM_RESET'
  | 'UPSTREAM_GARBAGE'
  | 'SERVER_TIMEOUT'
  | 'REQUEST_TIMEOUT'
  | 'RATE_LIMITED'
  | 'LIMITER_FAILED'
  | 'CLIENT_GONE';

export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;
  /** Seconds after which it is worth trying again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: GatewayErrorCode, message: string, retryAfterSeconds?: number) {
    // Nobody reads where it was made, and finding that out took a quarter of the time of a gateway that refuses a flood.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** An option that is not what it must be. */
export class GatewayOptionError extends RangeError {
  override readonly name = 'GatewayOptionError';
  readonly code = 'LB_OPTION_INVALID';
  /** The option's path, as in `timeouts.connectMs`. */
  readonly option: string;

  constructor(option: string, given: unknown, allowed: string) {
    super(`${option} is ${JSON.stringify(given) ?? String(given)}; allowed is ${allowed}.`);
    this.option = option;
  }
}

export type ExchangeError = GatewayError | WireError;

/** The one place where an error becomes a status. */
export function statusOf(error: ExchangeError): number {
  switch (error.code) {
    case 'HEAD_TOO_LARGE':
      return 431;
    case 'BODY_TOO_LARGE':
      return 413;
    case 'BAD_VERSION':
      return 505;
    case 'REQUEST_TIMEOUT':
      return 408;
    case 'RATE_LIMITED':
      return 429;
    case 'NO_UPSTREAM':
    case 'QUEUE_FULL':
    case 'QUEUE_TIMEOUT':
    case 'LIMITER_FAILED':
      return 503;
    case 'CONNECT_FAILED':
    case 'CONNECT_TIMEOUT':
    case 'UPSTREAM_RESET':
    case 'UPSTREAM_GARBAGE':
      return 502;
    case 'SERVER_TIMEOUT':
      return 504;
    case 'CLIENT_GONE':
      return 499; // never sent: nobody is there; nginx's number, for the log
    default:
      return 400;
  }
}

/**
 * How it ended, in two letters as in HAProxy's log: who ended it (C client, S server, P proxy; in lower case: by a timeout) and where
 * (R request, Q queue, C connecting, H waiting for the response's head, D data).
 */
export function terminationOf(error: ExchangeError, where: 'R' | 'Q' | 'C' | 'H' | 'D'): string {
  switch (error.code) {
    case 'CLIENT_GONE':
      return `C${where}`;
    case 'REQUEST_TIMEOUT':
      return `c${where}`;
    case 'NO_UPSTREAM':
      return 'SC';
    case 'CONNECT_FAILED':
      return 'SC';
    case 'CONNECT_TIMEOUT':
      return 'sC';
    case 'QUEUE_TIMEOUT':
      return 'sQ';
    case 'QUEUE_FULL':
      return 'PQ';
    case 'SERVER_TIMEOUT':
      return `s${where}`;
    case 'UPSTREAM_RESET':
      return `S${where}`;
    case 'UPSTREAM_GARBAGE':
      return 'PH';
    default:
      return 'PR';
  }
}
