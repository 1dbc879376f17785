import type { FleetSettings } from '../fleet/settings.ts';

/** How a process reaches the shared state; the runtime gives it to workers in `TIDEGATE_STATE` as JSON. */
export interface StateSettings {
  /** The embedded store's unix socket; null: a store inside this process (an app that runs without the runtime). */
  readonly socketPath: string | null;
  /** null: the embedded store alone. */
  readonly redis: RedisSettings | null;
  /** Begins every key and channel on Redis, so that several products can share one. */
  readonly keyPrefix: string;
  /** Most bytes the embedded store keeps. */
  readonly memoryLimitBytes: number;
  /** Of the fleet that this machine is part of; without it the defaults. */
  readonly fleet?: FleetSettings;
}

export interface RedisSettings {
  /** One node, or some of a Cluster's. */
  readonly nodes: readonly RedisNode[];
  readonly cluster: boolean;
  readonly password: string;
  /** Not in a Cluster. */
  readonly db: number;
  readonly tls: boolean;
  /** Reads may go to replicas, which may be behind. */
  readonly readReplicas: boolean;
  /** How long a command may take before it counts as failed. */
  readonly commandTimeoutMs: number;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}
