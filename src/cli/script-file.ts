/** Checks of files that a user names on the command line: there, readable, and something this Node can run. */
import { constants, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from './errors.ts';

const PACKAGE_MANAGERS: ReadonlySet<string> = new Set(['npm', 'npx', 'pnpm', 'yarn']);

/** @throws UsageError unless `file` (absolute) is a file that may be read; `what` begins the message: `Script` */
export async function assertReadableFile(file: string, what: string): Promise<void> {
  let stats: Stats;
  try {
    stats = await stat(file);
    if (stats.isFile()) await access(file, constants.R_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') throw new UsageError(`${what} may not be read: ${file}`);
    throw new UsageError(`${what} not found: ${file}${await similarFile(file)}`);
  }
  if (stats.isDirectory()) throw new UsageError(`${what} is a directory: ${file}. Name the file to run in it`);
}

/** @throws UsageError unless `directory` (absolute) is one */
export async function assertDirectory(directory: string, name: string): Promise<void> {
  const stats = await stat(directory).catch(() => undefined);
  if (!stats?.isDirectory()) throw new UsageError(`${name}: there is no directory ${directory}`);
}

/**
 * @param version of Node, without the v
 * @param loaderArgs Node's own options, from --node-args and NODE_OPTIONS: a loader such as tsx makes TypeScript run anywhere
 * @throws UsageError for TypeScript that this Node can't run
 */
export function assertRunnable(script: string, version: string, loaderArgs: readonly string[]): void {
  if (!/\.[cm]?ts$/i.test(script) || runsTypeScript(version)) return;
  if (
    loaderArgs.some((arg) =>
      /^(--import|--require|-r|--loader|--experimental-(loader|strip-types|transform-types))(=|$)/.test(arg),
    )
  ) {
    return;
  }
  throw new UsageError(
    `${path.basename(script)}: Node ≥ 22.18 runs TypeScript files, this is Node ${version}. ` +
      'Update Node, build the file, or name a loader with --node-args',
  );
}

/** Type stripping came without a flag in 22.18 and in 23.6. */
function runsTypeScript(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major === 22) return minor >= 18;
  return major === 23 ? minor >= 6 : major > 23;
}

async function similarFile(file: string): Promise<string> {
  if (PACKAGE_MANAGERS.has(path.basename(file))) return '. Name the file that Node is to run, not a package manager';
  for (const extension of ['.js', '.mjs', '.cjs', '.ts']) {
    if ((await stat(file + extension).catch(() => undefined))?.isFile())
      return ` (did you mean ${path.basename(file)}${extension}?)`;
  }
  return '';
}
