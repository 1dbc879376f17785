/** What of each round goes into the history. */
import type { ClusterStatus } from '../../ipc/status.ts';
import type { Observation } from '../autoscale/observation.ts';
import { percentileMs } from '../metrics/histogram.ts';
import type { Figures } from './history.ts';
import type { Merge } from './series.ts';

/** Figures of which the highest value tells more than the mean. */
const HIGHEST = /(?:P9\d|P50|Max|LoopDelay)/i;

export function mergeOf(name: string): Merge {
  return HIGHEST.test(name) ? 'max' : 'mean';
}

/** Of one worker: `worker.<slot>.<figure>`. */
export const WORKER_PREFIX = 'worker.';

/** Figures of the whole, and of each slot that has a ready worker. */
export function historyFigures(observation: Observation, status: ClusterStatus, ownRssBytes: number): Figures {
  const ready = status.workers.filter(({ phase, sample }) => phase === 'ready' && sample !== null);
  const sum = (figure: (sample: Sample) => number): number =>
    ready.reduce((total, { sample }) => total + figure(sample as Sample), 0);
  const highest = (figure: (sample: Sample) => number): number | null =>
    ready.length === 0 ? null : Math.max(...ready.map(({ sample }) => figure(sample as Sample)));
  const { machine } = observation;
  const figures: Record<string, number | null> = {
    desired: status.desired,
    ready: status.ready,
    ...trafficFigures(observation),
    inFlight: sum(({ inFlight }) => inFlight),
    connections: sum(({ connections }) => connections),
    websockets: sum(({ websockets }) => websockets),
    cpu: sum(({ cpu }) => cpu),
    eluMean: ready.length === 0 ? null : sum(({ elu }) => elu) / ready.length,
    eluMax: highest(({ elu }) => elu),
    loopDelayP99Ms: highest(({ loopDelayP99Ms }) => loopDelayP99Ms),
    rssBytes: sum(({ rssBytes }) => rssBytes),
    heapUsedBytes: sum(({ heapUsedBytes }) => heapUsedBytes),
    primaryRssBytes: ownRssBytes,
    machineCpu: machine.cpuUtilization,
    machineMemoryAvailableBytes: machine.availableMemoryBytes,
  };
  for (const { slot, sample } of ready) {
    const { cpu, elu, rssBytes, connections, inFlight } = sample as Sample;
    const prefix = `${WORKER_PREFIX}${slot}.`;
    Object.assign(figures, {
      [`${prefix}cpu`]: cpu,
      [`${prefix}elu`]: elu,
      [`${prefix}rssBytes`]: rssBytes,
      [`${prefix}connections`]: connections,
      [`${prefix}inFlight`]: inFlight,
    });
  }
  return figures;
}

type Sample = NonNullable<ClusterStatus['workers'][number]['sample']>;

function trafficFigures({ traffic }: Observation): Figures {
  if (traffic === null) return {};
  const { completed, errors, intervalMs, latencyCounts } = traffic;
  return {
    requestsPerSecond: (completed * 1000) / intervalMs,
    errorsPerSecond: (errors * 1000) / intervalMs,
    ...(completed > 0 && {
      latencyP50Ms: percentileMs(latencyCounts, 0.5),
      latencyP95Ms: percentileMs(latencyCounts, 0.95),
      latencyP99Ms: percentileMs(latencyCounts, 0.99),
    }),
  };
}
