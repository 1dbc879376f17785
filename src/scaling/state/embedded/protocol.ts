/**
 * What goes over the store's socket, both ways: frames of a length (4 bytes, without itself) and so many bytes.
 * A request: its id (4 bytes, not 0), the operation (1 byte, an index of OPERATIONS), its arguments.
 * A reply: the id of its request, OK or FAILED (1 byte), the result or what went wrong. Replies come in the order of the requests.
 * A message of a channel: 0 for an id, the channel, the message.
 */

/** Both sides say it first; another one is refused, so that a store and an app of different versions don't misread each other. */
export const PROTOCOL_VERSION = 1;

/** The operations; their order is the protocol. */
export const OPERATIONS = [
  'hello',
  'ping',
  'get',
  'getMany',
  'set',
  'add',
  'deleteIfEqual',
  'delete',
  'expire',
  'increment',
  'count',
  'hashSet',
  'hashGetAll',
  'hashDelete',
  'hashIncrement',
  'setAdd',
  'setRemove',
  'setMembers',
  'scan',
  'scanNext',
  'scanClose',
  'publish',
  'subscribe',
  'unsubscribe',
  'recordRead',
  'recordCompareAndSet',
  'recordSetIfNewer',
  'recordTouch',
  'recordDelete',
  'reserve',
  'release',
  'used',
  'tokens',
  'callModule',
  'figures',
] as const;

export type Operation = (typeof OPERATIONS)[number];

export const OPERATION_CODES = Object.fromEntries(OPERATIONS.map((name, code) => [name, code])) as Readonly<
  Record<Operation, number>
>;

/** Asked again by itself when the connection broke before the answer: they change nothing, or only what the connection itself has. */
export const REPEATABLE: ReadonlySet<Operation> = new Set([
  'ping',
  'get',
  'getMany',
  'count',
  'hashGetAll',
  'setMembers',
  'scan',
  'subscribe',
  'unsubscribe',
  'recordRead',
  'used',
  'tokens',
  'figures',
]);

/** Whether a lost answer leaves open what the store holds now. */
export function isAmbiguous(operation: Operation): boolean {
  return !REPEATABLE.has(operation) && operation !== 'scanNext' && operation !== 'scanClose' && operation !== 'hello';
}

export const OK = 0;
export const FAILED = 1;

/** The id of a frame that answers no request: a channel's message. */
export const PUSH_ID = 0;

/** Which keys a scan goes over. */
export const SCAN_KEYS = 0;
export const SCAN_RECORDS = 1;

/** Longest request; a longer length is not one of ours. */
export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** Longest reply or message. */
export const MAX_REPLY_BYTES = 256 * 1024 * 1024;
