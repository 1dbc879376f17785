import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkloadRef } from '../matrix/job.ts';

/** A trace file that can't be read. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  readonly code = 'TRACE_INVALID';
}

/** A recorded load: requests in each of equally long intervals. */
export interface Trace {
  readonly name: string;
  readonly intervalS: number;
  readonly requests: readonly number[];
}

/** Which part of a trace a workload is made of. */
export interface TraceCut {
  /** First interval. */
  readonly from: number;
  readonly count: number;
  /** Seconds of the run for one interval: less than the trace's interval replays it faster. */
  readonly secondsEach: number;
  readonly peakErlangs: number;
}

/**
 * Reads `time_s,requests` with a line of titles: the requests of the interval that begins at `time_s`.
 * @throws {TraceError} for a file that can't be read, a line that is no pair of numbers, or intervals that differ in length
 */
export function readTrace(file: string): Trace {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new TraceError(`${file} can't be read: ${(error as Error).message}`);
  }
  return parseTrace(path.basename(file, '.csv'), text);
}

/** @throws {TraceError} */
export function parseTrace(name: string, text: string): Trace {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines[0]?.trim() !== 'time_s,requests') {
    throw new TraceError(`${name}: line 1 is ${JSON.stringify(lines[0] ?? '')}; it must be "time_s,requests"`);
  }
  const rows = lines.slice(1).map((line, index) => {
    const [atS, requests, ...more] = line.split(',').map((cell) => (cell.trim() === '' ? Number.NaN : Number(cell)));
    if (more.length > 0 || !Number.isFinite(atS) || !((requests as number) >= 0)) {
      throw new TraceError(
        `${name}: line ${index + 2} is ${JSON.stringify(line)}; it must be two numbers, such as 60,2074`,
      );
    }
    return { atS: atS as number, requests: requests as number };
  });
  const [first, second] = rows;
  if (first === undefined || second === undefined)
    throw new TraceError(`${name}: it has ${rows.length} intervals; it must have at least 2`);
  const intervalS = second.atS - first.atS;
  const odd = rows.findIndex(({ atS }, index) => atS !== first.atS + index * intervalS);
  if (!(intervalS > 0) || odd !== -1) {
    throw new TraceError(
      `${name}: line ${Math.max(1, odd) + 2} does not begin ${intervalS} s after the line before; intervals must be equally long`,
    );
  }
  return { name, intervalS, requests: rows.map(({ requests }) => requests) };
}

/** The load of a part of a trace, scaled so that its highest interval is `peakErlangs`; constant within each interval. */
export function traceWorkload(trace: Trace, cut: TraceCut, name: string = trace.name): WorkloadRef {
  const { from, count, secondsEach, peakErlangs } = cut;
  const part = trace.requests.slice(from, from + count);
  const peak = Math.max(1, ...part);
  const erlangs = part.flatMap((requests) => new Array<number>(secondsEach).fill((requests / peak) * peakErlangs));
  const title = `${trace.name}, ${count} intervals of ${trace.intervalS} s from number ${from}, ${secondsEach} s each`;
  return { kind: 'trace', name, title, erlangs };
}

const RUN_S = 1_440;

/**
 * The parts of a trace that are worth a run: its steepest rise as it was, and, of a trace longer than a day, its busiest day in
 * 24 minutes.
 */
export function traceWorkloads(trace: Trace, peakErlangs: number): readonly WorkloadRef[] {
  const asItWas = Math.max(1, Math.round(trace.intervalS));
  const count = Math.max(2, Math.min(trace.requests.length, Math.floor(RUN_S / asItWas)));
  const rise = traceWorkload(
    trace,
    { from: steepestRise(trace.requests, count), count, secondsEach: asItWas, peakErlangs },
    `${trace.name}-rise`,
  );
  const perDay = Math.round(86_400 / trace.intervalS);
  if (trace.requests.length < perDay) return [rise];
  const secondsEach = Math.max(1, Math.round(RUN_S / perDay));
  const from = busiest(trace.requests, perDay);
  return [rise, traceWorkload(trace, { from, count: perDay, secondsEach, peakErlangs }, `${trace.name}-day`)];
}

/** Where the highest interval is the largest multiple of the lowest one before it. */
function steepestRise(requests: readonly number[], count: number): number {
  let best = { from: 0, ratio: 0 };
  for (let from = 0; from + count <= requests.length; from += Math.max(1, Math.floor(count / 4))) {
    let lowest = Number.POSITIVE_INFINITY;
    let ratio = 0;
    for (const value of requests.slice(from, from + count)) {
      lowest = Math.min(lowest, Math.max(1, value));
      ratio = Math.max(ratio, value / lowest);
    }
    if (ratio > best.ratio) best = { from, ratio };
  }
  return best.from;
}

function busiest(requests: readonly number[], count: number): number {
  let best = { from: 0, total: -1 };
  for (let from = 0; from + count <= requests.length; from += count) {
    const total = requests.slice(from, from + count).reduce((sum, value) => sum + value, 0);
    if (total > best.total) best = { from, total };
  }
  return best.from;
}
