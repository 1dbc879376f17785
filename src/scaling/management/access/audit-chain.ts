/**
 * The hash chain of the audit log: every line holds the hash of the one before it, so that a line changed, taken out or put in
 * shows, except at the end; there a hash noted elsewhere (the runtime's log has one at each start and end) shows it. Pure.
 */
import { createHash } from 'node:crypto';

/** What stands before the first line. */
export const CHAIN_START = '0'.repeat(64);

/** Where a chain has come to. */
export interface ChainHead {
  /** Number of the last line; 0 before the first. */
  readonly line: number;
  readonly hash: string;
}

export const EMPTY_CHAIN: ChainHead = { line: 0, hash: CHAIN_START };

/** One line for the log, without its line end, and where the chain is then. */
export function chained(head: ChainHead, fields: object): { readonly text: string; readonly head: ChainHead } {
  const text = JSON.stringify({ line: head.line + 1, previous: head.hash, ...fields });
  return { text, head: { line: head.line + 1, hash: hashOf(text) } };
}

/** Where the chain is after this line; undefined for what is no line of a chain. */
export function headAfter(text: string): ChainHead | undefined {
  const link = linkOf(text);
  return link === undefined ? undefined : { line: link.line, hash: hashOf(text) };
}

/** What a verification found. */
export interface ChainReport {
  /** Lines in the chain. */
  readonly lines: number;
  /** Sentences, each with the place. Empty: nothing was changed, taken out or put in between first and last line. */
  readonly problems: readonly string[];
  /** Places of text that is no line: what a full disk or a crash cut off. It is part of no chain and proves nothing. */
  readonly torn: readonly string[];
  /** The chain before the first line: `EMPTY_CHAIN`'s, unless an earlier file holds its beginning. */
  readonly from: ChainHead;
  readonly to: ChainHead;
  /** Whether a line has the hash that was asked for. */
  readonly holds: (hash: string) => boolean;
}

/** Checks files in the order in which they were written. */
export function verifyChain(files: readonly { readonly name: string; readonly text: string }[]): ChainReport {
  const problems: string[] = [];
  const torn: string[] = [];
  const hashes = new Set<string>();
  let from: ChainHead | undefined;
  let head = EMPTY_CHAIN;
  let lines = 0;
  for (const { name, text } of files) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue;
      const place = `${name}, line ${index + 1}`;
      const link = linkOf(line);
      if (link === undefined) {
        torn.push(place);
        continue;
      }
      if (from === undefined) {
        from = { line: link.line - 1, hash: link.previous };
        hashes.add(link.previous);
      } else if (link.previous !== head.hash || link.line !== head.line + 1) {
        problems.push(`${place}: ${brokenLink(link, head)}`);
      }
      head = { line: link.line, hash: hashOf(line) };
      hashes.add(head.hash);
      lines += 1;
    }
  }
  if (from?.line === 0 && from.hash !== CHAIN_START) problems.push('The first line is not the beginning it says it is');
  return { lines, problems, torn, from: from ?? EMPTY_CHAIN, to: head, holds: (hash) => hashes.has(hash) };
}

interface Link {
  readonly line: number;
  readonly previous: string;
}

function brokenLink(link: Link, head: ChainHead): string {
  const missing = link.line - head.line - 1;
  if (missing > 0) return `${missing} ${missing === 1 ? 'line is' : 'lines are'} missing before it`;
  if (missing < 0) return `it is number ${link.line}, and follows number ${head.line}`;
  return 'the line before it was changed, or is not the one it followed';
}

function linkOf(text: string): Link | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { line, previous } = Object(value) as Partial<Link>;
  const isLink = Number.isSafeInteger(line) && typeof previous === 'string' && /^[0-9a-f]{64}$/.test(previous);
  return isLink ? (value as Link) : undefined;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
