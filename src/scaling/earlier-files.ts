import { rename, stat } from 'node:fs/promises';

/**
 * Makes room for a new file: `file` becomes `file.1`, what was that becomes `file.2`, and so on.
 *
 * @param count files in all; what would be one more is given up
 * @throws what the file system says, except where a file is not there: somebody else may have moved it away already
 */
export async function shiftFiles(file: string, count: number): Promise<void> {
  for (let number = count - 1; number >= 1; number -= 1) {
    const from = number === 1 ? file : `${file}.${number - 1}`;
    if (await isEmpty(from)) continue; // an emptied file must not take the place of one that has something
    await rename(from, `${file}.${number}`);
  }
}

async function isEmpty(file: string): Promise<boolean> {
  try {
    return (await stat(file)).size === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}
