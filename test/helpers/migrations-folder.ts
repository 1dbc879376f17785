/** The migrations of the reference app. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IndexDefinition } from '../../src/scaling/database/index.ts';

/** The tests run built, at another depth than their sources. */
export function projectRoot(): string {
  let directory = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(directory, 'package.json'))) directory = path.dirname(directory);
  return directory;
}

export const MIGRATIONS = path.join(projectRoot(), 'migrations');

export const scalabilityIndexes = JSON.parse(
  readFileSync(path.join(MIGRATIONS, 'scalability-indexes.json'), 'utf8'),
) as readonly IndexDefinition[];
