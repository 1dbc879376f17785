import { readFileSync } from 'node:fs';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

/** A file that can't be read, or is not JSON; the message is the reason alone, without the file's name. */
export class JsonFileError extends Error {
  readonly code = 'JSON_FILE';

  constructor(reason: string) {
    super(reason);
    this.name = 'JsonFileError';
  }
}

/**
 * The parsed content of a JSON file.
 * @throws JsonFileError; it never quotes the file, which may hold secrets
 */
export function readJsonFile(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new JsonFileError(`can't be read: ${REASONS[code ?? ''] ?? code ?? message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new JsonFileError(`is not valid JSON: ${mistake(error, text)}`);
  }
}

/** V8 quotes the text around the mistake, or names its position, or neither. Only the position is passed on. */
function mistake(error: unknown, text: string): string {
  if (text.trim() === '') return 'it is empty';
  const position = /at position (\d+)/.exec((error as Error).message)?.[1];
  if (position === undefined) return 'a quote, comma or bracket is wrong or missing';
  const lines = text.slice(0, Number(position)).split('\n');
  return `see line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}
