import type { Observation } from '../autoscale/observation.ts';
import type { Probe } from './probe.ts';
import { FRESH_WITHIN_MS, silences } from './ready-workers.ts';

/** Reports come about a second apart, so however small the limit is, a shorter silence than this means nothing. */
function limitMs(hungTimeoutMs: number): number {
  return Math.max(hungTimeoutMs, FRESH_WITHIN_MS);
}

/** Is a worker silent? Its agent reports from the event loop, so a blocked loop says nothing. A third of the limit is worth a warning. */
export function hungWorkers(hungTimeoutMs: number): Probe {
  const warnAfterMs = Math.max(hungTimeoutMs / 3, FRESH_WITHIN_MS);
  return {
    spec: {
      name: 'hung-workers',
      unit: 'ms',
      worseWhen: 'above',
      warning: { set: warnAfterMs, clear: warnAfterMs / 2, rise: 1 },
      critical: { set: limitMs(hungTimeoutMs), clear: warnAfterMs / 2, rise: 1 },
      fall: 2,
      unknownAfter: 1,
    },
    measure: ({ observation }) => {
      let longest = { id: 0, silentMs: 0 };
      for (const silence of silences(observation)) if (silence.silentMs > longest.silentMs) longest = silence;
      const sentence =
        longest.silentMs < warnAfterMs
          ? 'every ready worker reports'
          : `worker ${longest.id} has been silent for ${Math.round(longest.silentMs / 1000)} s`;
      return { value: longest.silentMs, sentence };
    },
  };
}

/** Ids of the ready workers that have been silent for the whole limit. */
export function hungWorkerIds(observation: Observation, hungTimeoutMs: number): readonly number[] {
  return silences(observation)
    .filter(({ silentMs }) => silentMs >= limitMs(hungTimeoutMs))
    .map(({ id }) => id);
}
