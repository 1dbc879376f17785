/** Flags that several kinds of exported files take. */
import { Option } from 'commander';
import { ExportError } from '../../runtime/exported-files.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../verb.ts';

/** A flag that takes a whole number. @param flags as commander wants them: `--slots <n>` */
export function wholeOption(flags: string, text: string, low: number, high: number, fallback: number): Option {
  return new Option(flags, text).argParser(wholeNumber(flags.split(' ')[0] as string, low, high)).default(fallback);
}

/** Collects a flag that is given several times. */
export function repeated(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** `NAME=value` of each `--env`. @throws UsageError */
export function environmentOf(assignments: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    assignments.map((assignment) => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(assignment) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(`--env: ${JSON.stringify(assignment)} is not allowed; give NAME=value`);
      return [name, value];
    }),
  );
}

/** `host:port`, an IPv6 address in brackets. @throws UsageError */
export function addressOf(flag: string, text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || port === undefined)
    throw new UsageError(`${flag}: ${JSON.stringify(text)} is not allowed; give host:port, such as 10.0.0.5:3001`);
  return { host, port: Number(port) };
}

/** What can't stand in the file is wrong usage here: it came from a flag. */
export function written(write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (error instanceof ExportError) throw new UsageError(error.message);
    throw error;
  }
}
