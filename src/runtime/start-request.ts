/** What the runtime is asked to run: everything resolved and checked, nothing left to look up. */
import type { Config } from '../../config/schema.ts';

/**
 * How many workers to begin with.
 * `fixed`: exactly `count`. `auto`: one per core, within the limits when the scaler is on. `max`: the same count; it is the
 * scaler's being off, unless limits were given, that tells them apart.
 */
export type InstancesRequest =
  | { readonly kind: 'fixed'; readonly count: number }
  | { readonly kind: 'auto' }
  | { readonly kind: 'max' };

export interface StartRequest {
  /** Names the instance, its runtime directory and its socket; the same as `config.name`. */
  readonly name: string;
  /** Absolute path of a readable file. */
  readonly script: string;
  /** Arguments of the app: its `process.argv.slice(2)`. */
  readonly args: readonly string[];
  /** Absolute path of the workers' working directory. */
  readonly cwd: string;
  /** Options of Node itself, before the script (execArgv). */
  readonly nodeArgs: readonly string[];
  readonly instances: InstancesRequest;
  /** What workers get on top of the runtime's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** `autoScalingEnabled`, `minInstances` and `maxInstances` agree with `instances`. */
  readonly config: Config;
}
