import { createHash } from 'node:crypto';
import type { ManualState } from '../../autoscale/manual.ts';
import type { Observation } from '../../autoscale/observation.ts';
import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { DecisionRecord } from '../../autoscale/record.ts';
import type { ScalerState } from '../../autoscale/state.ts';
import type { Unobserved } from '../../autoscale/unobserved.ts';

/** The first line of a recording, and of each later part: another run, or what follows a gap. */
export interface HeaderLine {
  readonly kind: 'tidegate-recording';
  readonly version: 1;
  /** Workers wanted to begin with. */
  readonly initial: number;
  readonly policy: ScalingPolicy;
  /** Of a part that begins in the middle of a run: what the scaler remembered then. */
  readonly state?: ScalerState;
}

/** Names of the columns of the lines that follow; written whenever they change. */
export interface ShapeLine {
  readonly worker: readonly string[];
  readonly figures: readonly string[];
  readonly latencyBoundsMs: readonly number[];
}

/** One decision: what was seen, what people had set, and what came of it. */
export interface DecisionLine {
  readonly t: number;
  /** Null: nothing could be observed, `why` says why. */
  readonly o: PackedObservation | null;
  readonly why?: string;
  /** Left out when nothing is set by hand. */
  readonly m?: ManualState;
  /** Wanted after it. */
  readonly n: number;
  /** Digest of the record's bytes. */
  readonly d: string;
}

/** An observation whose workers are rows, without the bounds and the empty buckets of its histogram. */
export interface PackedObservation {
  readonly rest: Omit<Observation, 'workers' | 'traffic'>;
  readonly workers: readonly (readonly unknown[])[];
  /** Counts as index, count, index, count. */
  readonly traffic: (Readonly<Record<string, unknown>> & { readonly counts: readonly number[] }) | null;
}

/** The same record gives the same digest: the first 16 hexadecimal digits of the SHA-256 of its JSON. */
export function digestOf(record: DecisionRecord): string {
  return createHash('sha256').update(JSON.stringify(record)).digest('hex').slice(0, 16);
}

/** The columns of an observation; of `previous` where it has no worker or no figures to tell. */
export function shapeOf(observation: Observation, previous: ShapeLine | null): ShapeLine {
  const [worker] = observation.workers;
  const figures = observation.workers.find((each) => each.figures !== null)?.figures;
  return {
    worker: worker === undefined ? (previous?.worker ?? []) : Object.keys(worker).filter((key) => key !== 'figures'),
    figures: figures === undefined || figures === null ? (previous?.figures ?? []) : Object.keys(figures),
    latencyBoundsMs: observation.traffic?.latencyBoundsMs ?? previous?.latencyBoundsMs ?? [],
  };
}

export function pack({ workers, traffic, ...rest }: Observation, shape: ShapeLine): PackedObservation {
  return {
    rest,
    workers: workers.map(({ figures, ...worker }) => [
      ...columns(worker, shape.worker),
      ...(figures === null ? [] : columns(figures, shape.figures)),
    ]),
    traffic: traffic === null ? null : packTraffic(traffic),
  };
}

export function unpack({ rest, workers, traffic }: PackedObservation, shape: ShapeLine): Observation {
  const unpacked = {
    ...rest,
    workers: workers.map((row) => {
      const figures = row.length > shape.worker.length ? named(shape.figures, row.slice(shape.worker.length)) : null;
      return { ...named(shape.worker, row), figures };
    }),
    traffic: traffic === null ? null : unpackTraffic(traffic, shape.latencyBoundsMs),
  };
  // What `pack` was given was an observation, and a recording's lines are ours.
  return unpacked as unknown as Observation;
}

function packTraffic(traffic: NonNullable<Observation['traffic']>): PackedObservation['traffic'] {
  const { latencyBoundsMs: _bounds, latencyCounts, ...rest } = traffic;
  return { ...rest, counts: latencyCounts.flatMap((count, bucket) => (count === 0 ? [] : [bucket, count])) };
}

function unpackTraffic(
  { counts, ...rest }: NonNullable<PackedObservation['traffic']>,
  latencyBoundsMs: readonly number[],
) {
  const latencyCounts = new Array<number>(latencyBoundsMs.length + 1).fill(0);
  for (let index = 0; index < counts.length; index += 2)
    latencyCounts[counts[index] as number] = counts[index + 1] as number;
  return { ...rest, latencyBoundsMs, latencyCounts };
}

function columns(from: object, keys: readonly string[]): readonly unknown[] {
  const values = from as Readonly<Record<string, unknown>>;
  return keys.map((key) => values[key] ?? null);
}

function named(keys: readonly string[], row: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.map((key, index) => [key, row[index]]));
}

/** What a recorder is told: as `decide()` was. */
export type Seen = Observation | Unobserved;
