import { linkSync, rmSync } from 'node:fs';
import path from 'node:path';

/**
 * The path of a unix socket that the primary has bound. Many apps remove the path before they listen on it, for what a crash may
 * have left there: the second worker would so take it away from the first. A second link to the socket lets it come back.
 */
export class SocketPath {
  readonly #path: string;
  readonly #spare: string;

  constructor(socketPath: string) {
    this.#path = socketPath;
    this.#spare = path.join(path.dirname(socketPath), `.${path.basename(socketPath)}.${process.pid}`);
    this.#link(this.#path, this.#spare);
  }

  /** Puts the path back if it is gone; what somebody else has put there stays. */
  restore(): void {
    this.#link(this.#spare, this.#path);
  }

  remove(): void {
    rmSync(this.#spare, { force: true });
  }

  #link(from: string, to: string): void {
    try {
      linkSync(from, to);
    } catch {} // it is there; or the directory allows no second name, and removing the path is then the app's own doing
  }
}
