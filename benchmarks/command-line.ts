import { parseArgs } from 'node:util';

type Flags<T extends string, S extends string> = Readonly<Partial<Record<T, string>> & Partial<Record<S, boolean>>>;

/**
 * The flags of a benchmark: `texts` take a value, `switches` don't. `--help` prints the usage and ends; so does a flag that does not
 * exist, with exit code 2.
 * @param usage what is behind "Usage:"
 */
export function commandLine<T extends string, S extends string = never>(
  usage: string,
  texts: readonly T[],
  switches: readonly S[] = [],
): Flags<T, S> {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' }] as const),
    ...[...switches, 'help'].map((name) => [name, { type: 'boolean' }] as const),
  ]);
  let values: Readonly<Record<string, unknown>>;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    return refuse(`${(error as Error).message}\nUsage: ${usage}`);
  }
  if (values.help !== true) return values as Flags<T, S>;
  process.stdout.write(`Usage: ${usage}\n`);
  process.exit(0);
}

/** Those of `known` that a list with commas names; all of them when there is none. An unknown name ends the benchmark with exit code 2. */
export function chosen<T>(
  flag: string,
  list: string | undefined,
  known: readonly T[],
  nameOf: (each: T) => string,
): readonly T[] {
  if (list === undefined) return known;
  return list.split(',').map((given) => {
    const name = given.trim();
    return (
      known.find((each) => nameOf(each) === name) ??
      refuse(`${flag} ${JSON.stringify(name)}: one of ${known.map(nameOf).join(', ')} is needed`)
    );
  });
}

/** A flag that counts something. What is no whole number from `min` on ends the benchmark with exit code 2. */
export function count(flag: string, given: string, min = 1): number {
  if (/^\d{1,6}$/.test(given) && Number(given) >= min) return Number(given);
  return refuse(`${flag} ${JSON.stringify(given)}: a whole number from ${min} on is needed`);
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
