/** The audit log as a file of JSON lines, each tied to the one before it by a hash. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { type ChainHead, chained, EMPTY_CHAIN, headAfter } from './access/audit-chain.ts';
import type { AuditEntry, AuditLog } from './services.ts';

/** Longer than any line: a body has at most 64 KB. */
const TAIL_BYTES = 512 * 1024;

/**
 * Appends one line for each change, at once: changes are few, and a line that is still in memory proves nothing after a crash.
 * The file is opened for each line, so that log rotation needs no signal; the chain goes on over files and restarts.
 */
export class AuditFile implements AuditLog {
  readonly #path: string;
  readonly #onFailure: (error: Error) => void;
  #failing = false;
  #head: ChainHead = EMPTY_CHAIN;
  /** The file as we left it: another one, or another size, and its last line must be read. */
  #left: { readonly inode: number; readonly bytes: number } | null = null;

  /**
   * @param path created with mode 0600 if it does not exist
   * @param onFailure called when writing begins to fail, and again only after it worked in between
   */
  constructor(path: string, onFailure: (error: Error) => void) {
    this.#path = path;
    this.#onFailure = onFailure;
  }

  /** Where the chain is; to be noted where nobody who can write the file can write. Null when the file can't be read. */
  get head(): ChainHead | null {
    try {
      this.#withFile(() => undefined);
      return this.#head;
    } catch {
      return null;
    }
  }

  /** Never throws: a full disk must not stop an operator from scaling. */
  write(entry: AuditEntry): void {
    try {
      this.#withFile((file, cutOff) => {
        const { atMs, ...rest } = entry;
        const { text, head } = chained(this.#head, { at: new Date(atMs).toISOString(), ...rest });
        // Only a whole line counts; what a full disk leaves of one is ended, and is no part of the chain.
        const bytes = Buffer.from(`${cutOff ? '\n' : ''}${text}\n`);
        const written = writeSync(file, bytes);
        if (written < bytes.length) throw new Error('the disk took only a part of a line');
        this.#head = head;
      });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#onFailure(error as Error);
      this.#failing = true;
    }
  }

  #withFile(act: (file: number, cutOff: boolean) => void): void {
    const file = openSync(this.#path, 'a+', 0o600);
    try {
      const { ino: inode, size } = fstatSync(file);
      let cutOff = false;
      if (this.#left === null || this.#left.inode !== inode || this.#left.bytes !== size) {
        const tail = readTail(file, size);
        cutOff = tail !== '' && !tail.endsWith('\n');
        // An empty file goes on with the chain of the one that was rotated away, be it by a process before this one.
        this.#head = lastHead(tail) ?? (this.#head.line > 0 ? this.#head : headOfRotated(`${this.#path}.1`));
      }
      this.#left = null;
      act(file, cutOff);
      if (!cutOff || fstatSync(file).size > size) this.#left = { inode, bytes: fstatSync(file).size };
    } finally {
      closeSync(file);
    }
  }
}

function readTail(file: number, size: number): string {
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  readSync(file, bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString('utf8');
}

/** The beginning where there is no such file, or none that can be read: a log that begins anew is better than none. */
function headOfRotated(path: string): ChainHead {
  try {
    // What is no plain file must not hold us up.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return lastHead(readTail(file, fstatSync(file).size)) ?? EMPTY_CHAIN;
    } finally {
      closeSync(file);
    }
  } catch {
    return EMPTY_CHAIN;
  }
}

function lastHead(tail: string): ChainHead | undefined {
  for (const line of tail.split('\n').reverse()) {
    const head = line === '' ? undefined : headAfter(line);
    if (head !== undefined) return head;
  }
  return undefined;
}
