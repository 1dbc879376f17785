import type { ScalingPolicy } from '../../autoscale/policy.ts';
import type { Setting } from '../controllers/controller.ts';
import type { ServiceProfile } from '../load/profile.ts';
import type { RunPicture } from '../results/picture.ts';
import type { Score } from '../results/score.ts';

/** One combination of chance, service and machine in which all contestants run. */
export interface Cell {
  readonly seed: number;
  readonly profile: ServiceProfile;
  readonly startMs: number;
  /** Of the machine, where the workload has none of its own. */
  readonly cores: number;
}

/** A workload that another thread can make: by its name, or a trace by its figures. */
export type WorkloadRef =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'trace'; readonly name: string; readonly title: string; readonly erlangs: readonly number[] };

/** Who runs. `id` is unique among the contestants of a matrix. */
export type Contestant =
  | { readonly id: string; readonly kind: 'tidegate'; readonly policy: ScalingPolicy }
  | { readonly id: string; readonly kind: 'baseline'; readonly family: string; readonly setting: Setting };

/** One workload in one cell, for several contestants: the requests are made once and each gets the very same. */
export interface Job {
  readonly workload: WorkloadRef;
  readonly cell: Cell;
  readonly limits: { readonly min: number; readonly max: number };
  readonly contestants: readonly Contestant[];
  /** Ids of the contestants of which a picture is wanted. */
  readonly pictures: readonly string[];
}

export interface JobResult {
  readonly oracle: Score;
  /** By the contestant's id. */
  readonly scores: Readonly<Record<string, Score>>;
  readonly pictures: readonly RunPicture[];
}
