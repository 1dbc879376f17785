import { IDENTITY_FIELD } from '../../../ipc/forwarded-identity.ts';

/** Fields that the gateway does something about; all others pass as they are. */
export const FIELD = {
  other: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  /** Meant for the next hop only: dropped both ways. */
  hop: 5,
  te: 6,
  upgrade: 7,
  expect: 8,
  via: 9,
  /** Says who the client is: kept from trusted peers, else replaced. */
  forwarded: 10,
  forwardedFor: 11,
  forwardedProto: 12,
  forwardedHost: 13,
  cookie: 14,
  /** Our own authenticated field (`forwarded-identity.ts`): never taken from a client. */
  identity: 15,
  keepAlive: 16,
} as const;

const KINDS = new Map<string, number>([
  ['host', FIELD.host],
  ['content-length', FIELD.contentLength],
  ['transfer-encoding', FIELD.transferEncoding],
  ['connection', FIELD.connection],
  // Never standardized, and still heeded: by Node's parser too, so what it says of closing must count.
  ['proxy-connection', FIELD.connection],
  ['proxy-authenticate', FIELD.hop],
  ['proxy-authorization', FIELD.hop],
  ['http2-settings', FIELD.hop],
  ['trailer', FIELD.hop],
  ['keep-alive', FIELD.keepAlive],
  ['te', FIELD.te],
  ['upgrade', FIELD.upgrade],
  ['expect', FIELD.expect],
  ['via', FIELD.via],
  ['forwarded', FIELD.forwarded],
  ['x-forwarded-for', FIELD.forwardedFor],
  ['x-forwarded-proto', FIELD.forwardedProto],
  ['x-forwarded-host', FIELD.forwardedHost],
  ['cookie', FIELD.cookie],
  [IDENTITY_FIELD, FIELD.identity],
]);

/** For each first letter (lower case), the lengths that known names with it have, one bit each. */
const lengths = new Uint32Array(256);

for (const name of KINDS.keys()) {
  const first = name.charCodeAt(0);
  lengths[first] = (lengths[first] as number) | (1 << name.length);
}

/** What `text.slice(start, end)` names. Most names are told apart by length and first letter, without making a string. */
export function fieldKind(text: string, start: number, end: number): number {
  const length = end - start;
  if (length > 31) return FIELD.other;
  const mask = lengths[text.charCodeAt(start) | 0x20] as number;
  if (((mask >>> length) & 1) === 0) return FIELD.other;
  return kindOfName(text.slice(start, end).toLowerCase());
}

/** The same for a name in lower case. */
export function kindOfName(lower: string): number {
  const kind = KINDS.get(lower);
  if (kind !== undefined) return kind;
  if (!lower.includes('_')) return FIELD.other;
  // X_Forwarded_For reads as X-Forwarded-For in CGI-like apps: what would be believed there is dropped.
  const dashed = KINDS.get(lower.replaceAll('_', '-'));
  return dashed === undefined ? FIELD.other : FIELD.hop;
}
