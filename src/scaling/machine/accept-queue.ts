import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['proc/net/tcp', 'proc/net/tcp6'];
/** The kernel lists listening sockets first: some hundred of them fit. */
const HEAD_BYTES = 32_768;
const LISTEN = '0A';

/**
 * Connections that the kernel has accepted and no worker has taken yet: of a listening socket, Linux tells them as its receive queue.
 * They are work that no worker knows of. A read costs some 50 µs, however many connections there are.
 */
export class AcceptQueue {
  readonly #root: string;
  readonly #buffer = Buffer.alloc(HEAD_BYTES);

  /** @param root the root directory; tests pass a directory of fixtures */
  constructor(root = '/') {
    this.#root = root;
  }

  /**
   * @param addresses what the workers listen on, such as `127.0.0.1:3001` or `[::]:3001`; others than TCP are left out
   * @returns null where the kernel does not tell, or nothing listens on TCP
   */
  waiting(addresses: readonly string[]): number | null {
    const ports = new Set(addresses.flatMap((address) => /:(\d{1,5})$/.exec(address)?.[1] ?? []).map(Number));
    if (ports.size === 0) return null;
    const heads = FILES.flatMap((file) => this.#head(join(this.#root, file)) ?? []);
    if (heads.length === 0) return null;
    return heads.flatMap((head) => head.split('\n')).reduce((total, line) => total + waitingOf(line, ports), 0);
  }

  #head(file: string): string | null {
    try {
      const fd = openSync(file, 'r');
      try {
        return this.#buffer.toString('latin1', 0, readSync(fd, this.#buffer, 0, HEAD_BYTES, 0));
      } finally {
        closeSync(fd);
      }
    } catch {
      return null; // not Linux, or without IPv6
    }
  }
}

/** `  0: 0100007F:0BB9 00000000:0000 0A 00000000:00000003 …`: local address, remote address, state, transmit : receive queue. */
function waitingOf(line: string, ports: ReadonlySet<number>): number {
  const [, local, , state, queues] = line.trim().split(/\s+/);
  if (state !== LISTEN || local === undefined || queues === undefined) return 0;
  if (!ports.has(Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))) return 0;
  const waiting = Number.parseInt(queues.slice(queues.indexOf(':') + 1), 16);
  return Number.isFinite(waiting) ? waiting : 0;
}
