/** Requests at random to the control API: half of it valid, so that every layer gets its share. */
import type { Route } from '../../src/scaling/management/route.ts';
import type { Exchange } from './management-client.ts';
import type { SeededRandom } from './seeded-random.ts';

const METHODS = ['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE'];
const SEGMENTS = [
  '1',
  'last',
  '-1',
  '..',
  '.',
  '%2e%2e',
  '%00',
  '%',
  '%E0%A4',
  '%0d%0aX-Injected:%201',
  'é',
  'a'.repeat(300),
  '__proto__',
  'constructor',
  '..%2f..%2fetc%2fpasswd',
  '',
];
const QUERIES = [
  '',
  '',
  '',
  '?lines=5',
  '?lines=-1',
  '?lines[]=1',
  '?source=w1',
  '?token=x',
  '?__proto__[a]=1',
  '?a=%',
  `?${'a=1&'.repeat(400)}`,
  '?from=0&to=9e99&step=0',
  '?lines=5&lines=6',
];
const TEXTS = [
  '',
  'a',
  '5m',
  'forever',
  '-',
  '\u0000',
  '\r\nX: 1',
  '\u202e',
  '💥',
  'x'.repeat(600),
  '{}',
  '__proto__',
  'worker-0',
  '../../etc/passwd',
];
const NUMBERS = [0, 1, -1, 2, 3.5, 1e21, -0, Number.MAX_SAFE_INTEGER, 1e308];
const FIELDS = [
  'instances',
  'reason',
  'for',
  'force',
  'name',
  'id',
  'owner',
  'slots',
  'token',
  'location',
  'bandwidthMbps',
  'matcher',
  'durationSeconds',
  'key',
  '__proto__',
  'constructor',
  'toString',
];
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['host', ['localhost', 'evil.example', '', '[', '127.0.0.1:99999', 'a'.repeat(300)]],
  ['origin', ['null', 'http://evil.example', 'x', '']],
  ['sec-fetch-site', ['cross-site', 'same-origin', 'x']],
  [
    'authorization',
    [
      'Bearer',
      'Bearer x',
      'Basic eDp5',
      `Bearer ${'x'.repeat(4000)}`,
      'Bearer a.b.c',
      'Bearer eyJhbGciOiJub25lIn0.e30.',
    ],
  ],
  ['cookie', ['a', '=', ';;;', 'tidegate-1=1', `x=${'y'.repeat(3000)}`]],
  ['x-csrf-token', ['', 'x']],
  ['content-type', ['application/json', 'text/plain', 'application/json; charset=latin1', 'x', '']],
  ['content-encoding', ['gzip', 'identity', 'x']],
  ['accept', ['*/*', 'x']],
  ['expect', ['x']],
  ['if-none-match', ['*']],
  ['range', ['bytes=0-']],
];

export interface FuzzOptions {
  readonly routes: readonly Route[];
  readonly random: SeededRandom;
  /** The Host header of requests that are to get past the first check. */
  readonly host: string;
  /** Credentials that now and then come along. */
  readonly credentials: readonly Readonly<Record<string, string>>[];
}

/** One request. */
export function fuzzedRequest({ routes, random, host, credentials }: FuzzOptions): {
  path: string;
  exchange: Exchange;
} {
  const chance = (percent: number): boolean => random.integer(1, 100) <= percent;
  const route = random.pick(routes);
  const method = chance(80) ? route.method : random.pick(METHODS);
  const path = route.path.replace(/:\w+/g, () => encodeSome(random.pick(SEGMENTS)));
  const extra = chance(10) ? `/${encodeSome(random.pick(SEGMENTS))}` : '';
  const headers: Record<string, string> = { host, ...(chance(80) ? random.pick(credentials) : {}) };
  for (const [name, values] of HEADERS) if (chance(6)) headers[name] = random.pick(values);
  const path_ = `${chance(97) ? path : `/${encodeSome(random.pick(SEGMENTS))}`}${extra}${random.pick(QUERIES)}`;
  if (method === 'GET' || method === 'HEAD' || method === 'TRACE' || method === 'DELETE' || chance(10)) {
    return { path: path_, exchange: { method, headers } };
  }
  const body = chance(15)
    ? random.pick(['{', '[', '"', '{"a":', 'null', '\u0000', '[[[[', '1e999', ''])
    : fuzzedValue(random, 0);
  return { path: path_, exchange: { method, headers, body } };
}

/** Node's own client takes no raw blanks and line breaks in a path; everything else goes as it is. */
function encodeSome(segment: string): string {
  return segment.replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character));
}

function fuzzedValue(random: SeededRandom, depth: number): unknown {
  const kind = random.integer(0, depth > 3 ? 4 : 9);
  if (kind === 0) return null;
  if (kind === 1) return random.integer(0, 1) === 1;
  if (kind === 2) return random.pick(NUMBERS);
  if (kind <= 4) return random.pick(TEXTS);
  if (kind === 5) return Array.from({ length: random.integer(0, 4) }, () => fuzzedValue(random, depth + 1));
  const entries = Array.from({ length: random.integer(0, 5) }, () => [
    random.pick(FIELDS),
    fuzzedValue(random, depth + 1),
  ]);
  return Object.fromEntries(entries);
}
