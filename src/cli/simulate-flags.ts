/** The flags of `simulate`, as given. */
export interface SimulateFlags {
  readonly workload: string;
  readonly trace?: string;
  readonly peak: number;
  readonly policy?: string;
  readonly baselines: string;
  readonly tuned: boolean;
  readonly profile: string;
  readonly start: string;
  readonly seeds: number;
  readonly seed: number;
  readonly min: number;
  readonly max: number;
  readonly cores: number;
  readonly threads?: number;
  readonly html?: string;
  readonly markdown?: string;
  readonly replay?: string;
  readonly json?: boolean;
}
