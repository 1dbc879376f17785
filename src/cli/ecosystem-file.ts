/** Finds out whether a path is an ecosystem file, and loads it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type JsonFileError, readJsonFile } from '../../config/json-file.ts';
import { UsageError } from './errors.ts';

/** PM2's rule: `*.config.js`, `.cjs`, `.mjs`, or any `.json`. */
export function isEcosystemFile(file: string): boolean {
  return /\.config\.(js|cjs|mjs)$|\.json$/i.test(file);
}

/**
 * The file's content: parsed JSON, or what the module exports.
 * @param file absolute path of a readable file
 * @throws UsageError that says what is wrong with it, in one line
 */
export async function loadEcosystemFile(file: string): Promise<unknown> {
  const fileName = path.basename(file);
  if (/\.json$/i.test(file)) {
    try {
      return readJsonFile(file);
    } catch (error) {
      throw new UsageError(`${fileName} ${(error as JsonFileError).message}`);
    }
  }
  try {
    const module = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
    return module.default ?? { ...module };
  } catch (error) {
    throw new UsageError(`${fileName} can't be loaded: ${loadMistake(error)}`);
  }
}

function loadMistake(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // The file of a "type": "module" package that is written as CommonJS, the way PM2's own template is.
  const hint = /^ReferenceError: (module|require|exports|__dirname) is not defined/.test(text) ? '; name it .cjs' : '';
  return `${text.split('\n')[0]}${hint}`;
}
