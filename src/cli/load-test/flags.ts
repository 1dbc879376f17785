/** The command line of a load test as a plan. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DURATION_ALLOWED, parseDurationMs } from '../../../config/duration.ts';
import { UsageError } from '../errors.ts';
import { JOURNEYS } from './journeys/index.ts';
import type { LoadPlan } from './plan.ts';
import { parseThreshold, type Threshold } from './thresholds.ts';

export interface LoadTestFlags {
  readonly target?: string;
  readonly journey: string;
  readonly path: string;
  readonly users: number;
  readonly duration: string;
  readonly ramp: string;
  readonly think?: string;
  readonly rate?: string;
  readonly timeout: string;
  readonly sources: number;
  readonly processes: number;
  readonly threshold?: readonly string[];
  readonly engine: 'auto' | 'own' | 'autocannon';
  readonly ca?: string;
  readonly html?: string;
  readonly jsonFile?: string;
  readonly json?: boolean;
}

/** @throws UsageError */
export function planOf(flags: LoadTestFlags, cwd: string): LoadPlan {
  const { users, sources, processes } = flags;
  if (processes > users) throw new UsageError(`--processes: ${processes} is more than the ${users} users`);
  return {
    target: targetOf(flags.target),
    journey: journeyOf(flags.journey, cwd),
    users,
    durationMs: seconds('--duration', flags.duration, 100),
    rampMs: seconds('--ramp', flags.ramp, 0),
    thinkMs: think(flags.think),
    ratePerS: rate(flags.rate),
    timeoutMs: seconds('--timeout', flags.timeout, 1),
    sources,
    path: flags.path.startsWith('/') ? flags.path : `/${flags.path}`,
    ca: flags.ca === undefined ? null : readCa(path.resolve(cwd, flags.ca)),
    processes,
  };
}

/** @throws UsageError */
export function thresholdsOf({ threshold = [] }: LoadTestFlags): readonly Threshold[] {
  return threshold
    .flatMap((text) => text.split(','))
    .map((text) => {
      try {
        return parseThreshold(text);
      } catch (error) {
        throw new UsageError(`--threshold: ${(error as Error).message}`);
      }
    });
}

function targetOf(text: string | undefined): string {
  if (text === undefined) throw new UsageError('Give --target <url>, such as http://127.0.0.1:3001');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['http:', 'https:'].includes(url.protocol)) return url.origin;
  throw new UsageError(
    `--target: ${JSON.stringify(text)} is not allowed; give an address such as http://127.0.0.1:3001`,
  );
}

function journeyOf(text: string, cwd: string): string {
  if (JOURNEYS.some(({ name }) => name === text)) return text;
  if (/\.(js|mjs|cjs|ts|mts)$/.test(text)) return pathToFileURL(path.resolve(cwd, text)).href;
  const names = JOURNEYS.map(({ name }) => name).join(', ');
  throw new UsageError(`--journey: ${JSON.stringify(text)} is not allowed; give ${names}, or a file (.js, .mjs, .ts)`);
}

/** A bare number is seconds, as everywhere among load tests. */
function seconds(flag: string, text: string, least: number): number {
  const ms = durationOf(text);
  if (ms !== undefined && ms >= least) return ms;
  throw new UsageError(`${flag}: ${JSON.stringify(text)} is not allowed; give seconds, or ${DURATION_ALLOWED}`);
}

function durationOf(text: string): number | undefined {
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Number(text) * 1000;
  try {
    return parseDurationMs(text);
  } catch {
    return undefined;
  }
}

function think(text: string | undefined): readonly [number, number] {
  if (text === undefined) return [0, 0];
  const [least, most = least] = text.split('-').map((part) => durationOf(part.trim()));
  if (least !== undefined && most !== undefined && most >= least) return [least, most];
  throw new UsageError(`--think: ${JSON.stringify(text)} is not allowed; give seconds or a duration, or two: 500ms-2s`);
}

function rate(text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,7}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new UsageError(`--rate: ${JSON.stringify(text)} is not allowed; give rounds a second, above 0`);
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--ca can't be read: ${(error as Error).message}`);
  }
}
