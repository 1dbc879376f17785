import { StateError } from '../errors.ts';
import type { Amount, Count } from '../shared-state.ts';
import type { Channels, Subscriber } from './channels.ts';
import type { ModuleTable } from './module-table.ts';
import { type Operation, PROTOCOL_VERSION, SCAN_RECORDS } from './protocol.ts';
import type { ScanCursors, ScanStep } from './scan-cursors.ts';
import type { StoredRecord } from './store/records.ts';
import type { Store } from './store/store.ts';
import type { Stored } from './stored.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** Who asks: its subscriptions, scans and module calls are under its id. */
export interface Caller extends Subscriber {
  readonly id: number;
  readonly cursors: ScanCursors;
  /** It has said hello: it speaks this protocol. */
  greeted: boolean;
  /** What it listens to. */
  readonly channels: Set<string>;
}

/** What operations work on. */
export interface Parts {
  readonly store: Store;
  readonly channels: Channels;
  readonly modules: ModuleTable;
}

/** Reads its arguments, does it, writes its result. */
export type Perform = (parts: Parts, request: WireReader, reply: WireWriter, caller: Caller, nowMs: number) => void;

/** On the wire an entry that stays has the time 0. */
function expiry(ttlMs: number, nowMs: number): number {
  return ttlMs === 0 ? Number.POSITIVE_INFINITY : nowMs + ttlMs;
}

function optionalExpiry(ttlMs: number, nowMs: number): number | undefined {
  return ttlMs === 0 ? undefined : nowMs + ttlMs;
}

function writeOptional(reply: WireWriter, value: Stored | undefined): void {
  reply.flag(value !== undefined);
  if (value !== undefined) reply.stored(value);
}

function writeCount(reply: WireWriter, count: Count): void {
  reply.number(count.value);
  reply.number(count.ttlMs);
}

function writeRecord(reply: WireWriter, record: StoredRecord | undefined): void {
  reply.flag(record !== undefined);
  if (record === undefined) return;
  reply.number(record.version);
  reply.number(record.ttlMs);
  reply.stored(record.value);
}

function writeStep(reply: WireWriter, step: ScanStep): void {
  reply.size(step.cursor);
  reply.texts(step.keys);
}

function readFields(request: WireReader): (readonly [string, Stored])[] {
  const fields: (readonly [string, Stored])[] = [];
  for (let left = request.size(); left > 0; left--) fields.push([request.text(), request.stored()]);
  return fields;
}

function readAmounts(request: WireReader): Amount[] {
  const amounts: Amount[] = [];
  for (let left = request.size(); left > 0; left--) {
    amounts.push({ name: request.text(), by: request.whole(), max: request.whole() });
  }
  return amounts;
}

/** What the store's process does for each operation. Arguments are read in the order in which EmbeddedState writes them. */
export const PERFORM: Readonly<Record<Operation, Perform>> = {
  hello: (_parts, request, _reply, caller) => {
    const version = request.size();
    caller.greeted = version === PROTOCOL_VERSION;
    if (caller.greeted) return;
    throw new StateError(
      'STATE_UNAVAILABLE',
      `the store speaks protocol ${PROTOCOL_VERSION}, its caller ${version}; app and runtime must be of one tidegate version`,
    );
  },
  ping: () => {},
  get: ({ store }, request, reply, _caller, nowMs) => writeOptional(reply, store.values.get(request.text(), nowMs)),
  getMany: ({ store }, request, reply, _caller, nowMs) => {
    const keys = request.texts();
    reply.size(keys.length);
    for (const key of keys) writeOptional(reply, store.values.get(key, nowMs));
  },
  set: ({ store }, request, _reply, _caller, nowMs) =>
    store.values.set(request.text(), request.stored(), expiry(request.whole(), nowMs), nowMs),
  add: ({ store }, request, reply, _caller, nowMs) =>
    reply.flag(store.values.add(request.text(), request.stored(), expiry(request.whole(), nowMs), nowMs)),
  deleteIfEqual: ({ store }, request, reply, _caller, nowMs) =>
    reply.flag(store.values.deleteIfEqual(request.text(), request.stored(), nowMs)),
  delete: ({ store }, request, reply, _caller, nowMs) => reply.size(store.delete(request.texts(), nowMs)),
  expire: ({ store }, request, reply, _caller, nowMs) =>
    reply.flag(store.expire(request.text(), nowMs + request.whole(), nowMs)),
  increment: ({ store }, request, reply, _caller, nowMs) =>
    writeCount(reply, store.counts.increment(request.text(), request.whole(), request.whole(), nowMs)),
  count: ({ store }, request, reply, _caller, nowMs) => {
    const count = store.counts.read(request.text(), nowMs);
    reply.flag(count !== undefined);
    if (count !== undefined) writeCount(reply, count);
  },

  hashSet: ({ store }, request, _reply, _caller, nowMs) =>
    store.hashes.set(request.text(), readFields(request), optionalExpiry(request.whole(), nowMs), nowMs),
  hashGetAll: ({ store }, request, reply, _caller, nowMs) => {
    const fields = store.hashes.getAll(request.text(), nowMs);
    reply.size(fields?.size ?? 0);
    for (const [field, value] of fields ?? []) {
      reply.text(field);
      reply.stored(value);
    }
  },
  hashDelete: ({ store }, request, reply, _caller, nowMs) =>
    reply.size(store.hashes.delete(request.text(), request.texts(), nowMs)),
  hashIncrement: ({ store }, request, reply, _caller, nowMs) =>
    reply.number(store.hashes.increment(request.text(), request.text(), request.whole(), nowMs)),
  setAdd: ({ store }, request, reply, _caller, nowMs) =>
    reply.size(store.sets.add(request.text(), request.texts(), optionalExpiry(request.whole(), nowMs), nowMs)),
  setRemove: ({ store }, request, reply, _caller, nowMs) =>
    reply.size(store.sets.remove(request.text(), request.texts(), nowMs)),
  setMembers: ({ store }, request, reply, _caller, nowMs) => reply.texts(store.sets.members(request.text(), nowMs)),

  scan: ({ store }, request, reply, caller, nowMs) => {
    const keyspace = request.byte() === SCAN_RECORDS ? store.recordKeys : store.keys;
    writeStep(reply, caller.cursors.begin(keyspace.entries(), request.text(), nowMs));
  },
  scanNext: (_parts, request, reply, caller, nowMs) => writeStep(reply, caller.cursors.next(request.size(), nowMs)),
  scanClose: (_parts, request, _reply, caller) => caller.cursors.end(request.size()),

  publish: ({ channels }, request) => channels.publish(request.text(), request.stored()),
  subscribe: ({ channels }, request, _reply, caller) => {
    const channel = request.text();
    caller.channels.add(channel);
    channels.subscribe(channel, caller);
  },
  unsubscribe: ({ channels }, request, _reply, caller) => {
    const channel = request.text();
    caller.channels.delete(channel);
    channels.unsubscribe(channel, caller);
  },

  recordRead: ({ store }, request, reply, _caller, nowMs) =>
    writeRecord(reply, store.records.read(request.text(), nowMs)),
  recordCompareAndSet: ({ store }, request, reply, _caller, nowMs) => {
    const key = request.text();
    const expected = request.whole();
    const outcome = store.records.compareAndSet(key, expected, request.stored(), nowMs + request.whole(), nowMs);
    reply.flag(outcome.stored);
    if (outcome.stored) reply.number(outcome.version);
    else writeRecord(reply, outcome.current);
  },
  recordSetIfNewer: ({ store }, request, reply, _caller, nowMs) => {
    const key = request.text();
    const version = request.whole();
    const value = request.flag() ? request.stored() : null;
    reply.flag(store.records.setIfNewer(key, version, value, nowMs + request.whole(), nowMs));
  },
  recordTouch: ({ store }, request, reply, _caller, nowMs) =>
    reply.flag(store.records.touch(request.text(), nowMs + request.whole(), nowMs)),
  recordDelete: ({ store }, request, reply, _caller, nowMs) => reply.flag(store.records.delete(request.text(), nowMs)),

  reserve: ({ store }, request, reply, _caller, nowMs) => {
    const outcome = store.reservations.reserve(request.text(), request.text(), readAmounts(request), nowMs);
    reply.flag(outcome.granted);
    if (outcome.granted) return;
    reply.text(outcome.name);
    reply.number(outcome.used);
    reply.number(outcome.max);
  },
  release: ({ store }, request, reply, _caller, nowMs) =>
    reply.flag(store.reservations.release(request.text(), request.text(), nowMs)),
  used: ({ store }, request, reply, _caller, nowMs) => {
    const used = store.reservations.used(request.text(), nowMs);
    reply.size(used.size);
    for (const [name, amount] of used) {
      reply.text(name);
      reply.number(amount);
    }
  },
  tokens: ({ store }, request, reply, _caller, nowMs) => reply.texts(store.reservations.tokens(request.text(), nowMs)),

  callModule: ({ modules }, request, reply, caller, nowMs) =>
    reply.text(modules.call(request.text(), request.text(), request.text(), caller.id, nowMs)),
  figures: ({ store }, _request, reply) => reply.text(JSON.stringify(store.figures())),
};
