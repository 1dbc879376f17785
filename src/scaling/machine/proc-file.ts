import { readFileSync } from 'node:fs';

/**
 * The text of a file of the kernel's, or undefined where there is none.
 * Read synchronously: these files are memory, a read takes some 20 µs, a tenth of a trip through the thread pool.
 */
export function readKernelFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The whole number a file consists of; undefined for anything else, such as `max`. */
export function readKernelNumber(path: string): number | undefined {
  const text = readKernelFile(path)?.trim();
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The number that follows `key` in a file of `key value` lines, such as `memory.stat` or (with colons) `meminfo`. */
export function keyedNumber(text: string, key: string): number | undefined {
  for (const line of text.split('\n')) {
    if (!line.startsWith(key)) continue;
    const match = /^:?\s+(\d+)/.exec(line.slice(key.length));
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}
