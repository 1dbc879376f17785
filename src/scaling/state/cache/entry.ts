import type { Scope } from './scope.ts';

/** For each scope of a value the stamp that the scope had when the value's load began. */
export type Stamps = Readonly<Record<Scope, string>>;

/** A loaded value, as it travels. */
export interface StoredEntry {
  /** The value as JSON text; empty for undefined. */
  readonly json: string;
  /** Wall clock, as the other times. */
  readonly storedAtMs: number;
  /** From here on stale. */
  readonly freshUntilMs: number;
  /** From here on gone. */
  readonly staleUntilMs: number;
  readonly stamps: Stamps;
}

/** With the value itself, frozen. */
export interface Entry extends StoredEntry {
  readonly value: unknown;
}

interface Header {
  readonly a: number;
  readonly f: number;
  readonly s: number;
  readonly k: Stamps;
}

/** A line about the value, and the value as it came: so the first can be judged before the second is parsed. */
export function encodeEntry({ json, storedAtMs, freshUntilMs, staleUntilMs, stamps }: StoredEntry): string {
  const header: Header = { a: storedAtMs, f: freshUntilMs, s: staleUntilMs, k: stamps };
  return `${JSON.stringify(header)}\n${json}`;
}

/** Undefined for what is not an entry. */
export function decodeEntry(bytes: Buffer | undefined): StoredEntry | undefined {
  if (bytes === undefined) return undefined;
  const line = bytes.indexOf(10);
  if (line < 0) return undefined;
  try {
    const { a, f, s, k } = JSON.parse(bytes.toString('utf8', 0, line)) as Header;
    return { json: bytes.toString('utf8', line + 1), storedAtMs: a, freshUntilMs: f, staleUntilMs: s, stamps: k };
  } catch {
    return undefined;
  }
}

/** What `json` says, frozen through and through: callers share it, and a change by one would be seen by all. Empty: undefined. */
export function parseFrozen(json: string): unknown {
  return json === '' ? undefined : freeze(JSON.parse(json));
}

/** As deep as JSON.stringify went, which recurses too. */
function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
