import { parseArgs } from 'node:util';

export const SUITES = ['keepalive', 'short', 'ws', 'start', 'idle'] as const;
export type SuiteName = (typeof SUITES)[number];

/** What a run measures, and how thoroughly. */
export interface BenchOptions {
  /** Rounds of each load; every contender once in each. */
  readonly rounds: number;
  /** Starts of a worker, with and without Tidegate. */
  readonly starts: number;
  readonly settleSeconds: number;
  readonly idleSeconds: number;
  readonly suites: readonly SuiteName[];
  /** Where the figures go as JSON too. */
  readonly jsonFile: string | undefined;
  /** A trial run: too few figures to judge by. */
  readonly quick: boolean;
}

/** A wrong command line. */
export class BenchUsageError extends Error {
  override readonly name = 'BenchUsageError';
  readonly code = 'BENCH_USAGE';
}

const USAGE = `Usage: npm run bench -- [--rounds n] [--only ${SUITES.join(',')}] [--json file] [--quick]`;
const MAX_ROUNDS = 1_000;

const THOROUGH = { rounds: 12, starts: 24, settleSeconds: 15, idleSeconds: 30 };
const QUICK = { rounds: 3, starts: 4, settleSeconds: 3, idleSeconds: 5 };

/** @throws BenchUsageError that says what was given and what is allowed */
export function parseOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const quick = values.quick === true;
  const defaults = quick ? QUICK : THOROUGH;
  return {
    ...defaults,
    rounds: values.rounds === undefined ? defaults.rounds : rounds(values.rounds),
    suites: values.only === undefined ? SUITES : suites(values.only),
    jsonFile: values.json,
    quick,
  };
}

function parse(args: readonly string[]) {
  try {
    const string = { type: 'string' } as const;
    const options = { rounds: string, only: string, json: string, quick: { type: 'boolean' } as const };
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new BenchUsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

function rounds(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_ROUNDS) return count;
  throw new BenchUsageError(`--rounds ${JSON.stringify(text)}: a whole number from 1 to ${MAX_ROUNDS} is needed`);
}

function suites(text: string): SuiteName[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  for (const name of names) {
    if (SUITES.includes(name as SuiteName)) continue;
    throw new BenchUsageError(`--only ${JSON.stringify(name)}: choose from ${SUITES.join(', ')}`);
  }
  return SUITES.filter((name) => names.has(name));
}
