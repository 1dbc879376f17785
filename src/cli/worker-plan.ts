/** From a wish for workers to a start request's count and the options that go with it. */
import type { Sources } from '../../config/layers.ts';
import type { Config, OptionName } from '../../config/schema.ts';
import type { InstancesRequest } from '../runtime/start-request.ts';
import type { NamedWish } from './app-definition.ts';

export interface WorkerPlan {
  readonly instances: InstancesRequest;
  /** Options that follow from the wish, to be laid over the others. */
  readonly options: Readonly<Partial<Record<OptionName, unknown>>>;
  /** How those options are called in messages: by what they follow from. */
  readonly because: string;
  readonly warnings: readonly string[];
}

/**
 * - One process (CLUSTER_ENABLED=false, PM2's fork mode): exactly one worker, never more.
 * - A count or `max` was wished for: the scaler is off, unless limits were given somewhere.
 * - No wish: CLUSTER_WORKERS to begin with if it is set, else one per core; whether the scaler is on says AUTO_SCALING_ENABLED.
 * With the scaler off, the default MAX_INSTANCES gives way to a greater count.
 * @param cores how many processes can run at once on this machine
 */
export function planWorkers(config: Config, sources: Sources, wish: NamedWish | undefined, cores: number): WorkerPlan {
  if (!config.clusterEnabled) return singleWorker(sources.clusterEnabled.name, wish);
  const { instances, name } = requested(config, sources, wish, cores);
  const limitsGiven = sources.minInstances.layer !== 'default' || sources.maxInstances.layer !== 'default';
  const scales = config.autoScalingEnabled && (wish === undefined || instances.kind === 'auto' || limitsGiven);
  const count = instances.kind === 'fixed' ? instances.count : cores;
  const roomNeeded = !scales && sources.maxInstances.layer === 'default' && count > config.maxInstances;
  return {
    instances,
    options: {
      clusterWorkers: instances.kind === 'fixed' ? instances.count : 0,
      autoScalingEnabled: scales,
      ...(roomNeeded ? { maxInstances: count } : {}),
    },
    because: name,
    warnings: [],
  };
}

function requested(
  config: Config,
  sources: Sources,
  named: NamedWish | undefined,
  cores: number,
): { readonly instances: InstancesRequest; readonly name: string } {
  if (named === undefined) {
    const { clusterWorkers, autoScalingEnabled } = config;
    const { name } = sources.clusterWorkers;
    if (clusterWorkers > 0) return { instances: { kind: 'fixed', count: clusterWorkers }, name };
    return { instances: { kind: autoScalingEnabled ? 'auto' : 'max' }, name };
  }
  const { wish, name } = named;
  if (wish.kind !== 'cores-minus') return { instances: wish, name };
  return { instances: { kind: 'fixed', count: Math.max(1, cores - wish.fewer) }, name };
}

function singleWorker(because: string, wish: NamedWish | undefined): WorkerPlan {
  const more = wish !== undefined && !(wish.wish.kind === 'fixed' && wish.wish.count === 1);
  return {
    instances: { kind: 'fixed', count: 1 },
    options: { clusterEnabled: false, clusterWorkers: 1, autoScalingEnabled: false, minInstances: 1, maxInstances: 1 },
    because,
    warnings: more ? [`${wish.name} has no effect: ${because} means exactly one worker`] : [],
  };
}
