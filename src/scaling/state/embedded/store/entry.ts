import type { Stored } from '../stored.ts';

/** What an entry costs beside its key and content: the object, its place in a Map that has just grown, two string headers. Measured. */
export const ENTRY_BYTES = 220;
/** What a member of a set, a field, an amount or a token costs beside its text. */
export const ITEM_BYTES = 80;

export interface RecordContent {
  version: number;
  /** null: deleted; the version goes on from here. */
  value: Stored | null;
}

export interface ReservationContent {
  readonly used: Map<string, number>;
  readonly tokens: Map<string, readonly (readonly [name: string, by: number])[]>;
}

/** What each kind of entry holds. */
export interface Contents {
  value: Stored;
  count: number;
  hash: Map<string, Stored>;
  set: Set<string>;
  record: RecordContent;
  reservation: ReservationContent;
}

export type Kind = keyof Contents;

/** One key with what it holds. All have the same shape, whatever their kind: one hidden class for the engine. */
export interface EntryOf<K extends Kind> {
  readonly key: string;
  readonly kind: K;
  content: Contents[K];
  /** Infinity: it stays. */
  expiresMs: number;
  /** What it is charged with. */
  bytes: number;
  /** Neighbours in the list of what may be evicted. */
  older: Entry | null;
  newer: Entry | null;
  listed: boolean;
}

export type Entry = { [K in Kind]: EntryOf<K> }[Kind];

/** What is left of an entry's time; Infinity: it stays. */
export function ttlMs(entry: { readonly expiresMs: number }, nowMs: number): number {
  return Math.ceil(entry.expiresMs - nowMs);
}

/** Bytes of a text: its UTF-8 is never shorter than what the engine keeps of it. */
export function textBytes(text: string): number {
  return Buffer.byteLength(text);
}

/** What an entry with so much content is charged with. */
export function chargeOf(key: string, contentBytes: number): number {
  return ENTRY_BYTES + textBytes(key) + contentBytes;
}
