import { lstatSync, mkdirSync, type Stats, statSync } from 'node:fs';

/** Somebody else could put a control socket or a code cache in the place of ours. */
export class ForeignDirectoryError extends Error {
  readonly code = 'RUNTIME_DIR_UNSAFE';

  constructor(directory: string, why: string) {
    super(`The runtime directory ${directory} ${why}. Remove it, or set TIDEGATE_RUNTIME_DIR to one of your own`);
  }
}

const OTHERS_WRITE = 0o022;
/** What is there is its owner's alone, as in /tmp. */
const STICKY = 0o1000;

/**
 * Makes the directory, and those above it, for this user alone.
 * @param within the first of them that must be ours; what is above is the system's
 * @throws ForeignDirectoryError when one that is there already belongs to another user, or others may write to it
 */
export function makeOwnDirectory(directory: string, within: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  demandOwn(within, statSync(within), STICKY);
  demandOwn(directory, lstatSync(directory), 0);
}

function demandOwn(directory: string, { uid, mode }: Pick<Stats, 'uid' | 'mode'>, enough: number): void {
  const own = process.getuid?.();
  if (own === undefined) return; // Windows: no such thing
  if (uid !== own && uid !== 0) throw new ForeignDirectoryError(directory, `belongs to user ${uid}`);
  if ((mode & OTHERS_WRITE) !== 0 && (mode & enough) === 0)
    throw new ForeignDirectoryError(directory, 'can be written to by other users');
}
