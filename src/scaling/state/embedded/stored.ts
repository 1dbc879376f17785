import type { Value } from '../shared-state.ts';

/**
 * Bytes as the store keeps them: a string with one character per byte (U+0000 to U+00FF). A Buffer costs some 100 bytes beside its content
 * and shares its memory with neighbours that may be gone; such a string costs 16 and is the collector's alone.
 */
export type Stored = string;

export function toStored(value: Value): Stored {
  if (typeof value === 'string') return Buffer.from(value).toString('latin1');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1');
}

export function fromStored(stored: Stored): Buffer {
  return Buffer.from(stored, 'latin1');
}
