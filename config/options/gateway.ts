/** How the gateway of http mode treats requests, and workers that are in trouble. */
import { byteSize, integer, list, type OptionTable, text } from '../option.ts';

/** From 0 to 1. */
const SHARE = String.raw`(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)`;
const WHOLE = String.raw`[1-9]\d{0,8}`;

export const gateway = {
  lbAccessLog: text(
    'LB_ACCESS_LOG',
    'off',
    'http mode: a JSON line for each request, with HAProxy’s times and termination state; a file is rotated as LOG_FILE is.',
    { allowed: 'off, stdout, or the path of a file', pattern: /^\S.*$/ },
  ),
  lbHoldBodyBytes: integer(
    'LB_HOLD_BODY_BYTES',
    16_384,
    [0, 65_536],
    'bytes; 0 = off',
    'http mode: so much of a request’s body (with Content-Length) is there before a worker gets the request.',
  ),
  lbHoldBodyTotalBytes: byteSize(
    'LB_HOLD_BODY_TOTAL_BYTES',
    16_777_216,
    'http mode: so much for all bodies that are held so, in each gateway process; beyond it they pass as they come.',
  ),
  lbMaxHeadBytes: integer(
    'LB_MAX_HEAD_BYTES',
    16_384,
    [256, 65_536],
    'bytes',
    'http mode: of a request’s or a response’s head; longer ones get 431.',
  ),
  lbMaxConnections: integer(
    'LB_MAX_CONNECTIONS',
    0,
    [0, 1_000_000],
    'connections; 0 = no limit',
    'http mode: clients’ connections at most, in each gateway process; more are closed at once.',
  ),
  lbBreaker: list(
    'LB_BREAKER',
    'failures, successes or reset = whole number, reset in milliseconds; separated by commas',
    new RegExp(`^(failures|successes|reset)=${WHOLE}$`),
    'http mode: failures in a row that open a worker’s circuit breaker (5), successes that close it (2), time until it is tried again (60000).',
  ),
  lbRetries: list(
    'LB_RETRIES',
    'attempts=0 to 99, budget=0 to 1, status=400 to 599; separated by commas',
    new RegExp(`^(attempts=\\d{1,2}|budget=${SHARE}|status=[45]\\d\\d)$`),
    'http mode: further workers that a request may be sent to (3), retries as a share of requests (0.2), statuses that are tried elsewhere too (none).',
  ),
  lbEjection: list(
    'LB_EJECTION',
    'errors or most = 0 to 1, latency = above 1, requests, interval or length = whole number, the last two in milliseconds; separated by commas',
    new RegExp(
      `^((errors|most)=${SHARE}|latency=(1\\.\\d{0,5}[1-9]|[2-9](\\.\\d{1,6})?|[1-9]\\d{1,3})|(requests|interval|length)=${WHOLE})$`,
    ),
    'http mode: leaves out a worker that does worse than the others, e.g. errors=0.5,latency=5; empty: none.',
  ),
  lbPanicThreshold: integer(
    'LB_PANIC_THRESHOLD',
    50,
    [0, 100],
    'percent; 0 = off',
    'http mode: when fewer workers can be had, all that can be reached get requests.',
  ),
  lbSlowStartMs: integer(
    'LB_SLOW_START_MS',
    0,
    [0, 3_600_000],
    'ms; 0 = off',
    'http mode: how long a new worker takes to its full share.',
  ),
  lbCheck: list(
    'LB_CHECK',
    'path=/…, interval (milliseconds), rise or fall = whole number; separated by commas',
    new RegExp(`^(path=/[\\x21-\\x2b\\x2d-\\x7e]*|(interval|rise|fall)=${WHOLE})$`),
    'http mode: asks workers at a path whether they are well, e.g. path=/health,interval=2000,rise=2,fall=3; empty: never.',
  ),
  lbAffinityHeader: text(
    'LB_AFFINITY_HEADER',
    '',
    'http mode with ip-hash or consistent-hash: hashes this field of a request in place of the address.',
    { allowed: 'a field’s name, or empty', pattern: /^[A-Za-z0-9_-]{0,64}$/ },
  ),
} satisfies OptionTable;
