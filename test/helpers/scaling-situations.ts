/** Ten situations that a scaler gets into: how to bring each about, and what `explain` has to say in it. */
import { openLoop } from '../../benchmarks/load/open-loop.ts';
import type { DecisionRecord } from '../../src/scaling/autoscale/record.ts';
import type { Runtime } from './runtime.ts';

/** What has to stand in an explanation, each part by somebody who has read docs/SCALING.md only. */
export interface Told {
  /** Who wanted what, or what holds. */
  readonly cause: RegExp;
  /** The figures that it goes by. */
  readonly figures: RegExp;
  /** What happens next, and when or after what. */
  readonly next: RegExp;
}

export interface Situation {
  /** A word for it; also the name of its recording. */
  readonly name: string;
  readonly script?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly rules?: readonly object[];
  /** Brings it about; returns what ends it. */
  readonly bringAbout: (runtime: Runtime) => Promise<() => Promise<void> | void>;
  /** True for the decision that is to be explained. */
  readonly isIt: (record: DecisionRecord) => boolean;
  readonly told: Told;
}

const NOTHING_TO_END = (): void => {};

/** An open load in the background; it ends by itself. */
function load(runtime: Runtime, query: string, requestsPerSecond: number, seconds: number): () => Promise<void> {
  const under = openLoop(`${runtime.url}${query}`, [{ requestsPerSecond, durationMs: seconds * 1_000 }]);
  return async () => {
    await under;
  };
}

/** Busy event loops without busy cores: what else the machine does at the same time hardly matters. */
export const ELU_RULE = {
  name: 'elu-high',
  metric: 'elu',
  windowMs: 1_000,
  operator: 'gte',
  threshold: 35,
  action: 'scale-up',
  scaleAmount: 1,
  cooldownPeriod: 60_000,
};

/** Serves in its first two slots, and fails in every further one. */
const FAILS_BEYOND_TWO = `
if (Number(process.env.NODE_APP_INSTANCE) >= 2) throw new Error('no licence for a third worker');
require('node:http').createServer((request, response) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  response.end('ok');
}).listen(process.env.PORT);
`;

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'overload',
    bringAbout: async (runtime) => load(runtime, '/block?ms=20', 110, 8),
    isIt: ({ action }) => action === 'scale-up',
    told: {
      cause: /^Scaled up from 1 to [2-4]: demand \(/m,
      figures: /^Demand: [\d.]+ erlangs .* [\d.]+ ms a request, workers at most [\d.]+ % busy: \d+ workers? needed/m,
      next: /^Next possible: scale-up .*, scale-down /m,
    },
  },
  {
    name: 'idle',
    args: ['-i', '3'],
    bringAbout: async (runtime) => load(runtime, '/block?ms=2', 10, 12),
    isIt: ({ reason, id }) => reason === 'stabilization' && id >= 6,
    told: {
      cause: /^Held at 3 workers: demand wants 1 \(.*\), but /m,
      figures: /3 workers were recommended within the last 120 s/,
      next: /^Next possible: .*scale-down in 1\d\d s/m,
    },
  },
  {
    name: 'cooldown',
    env: { SCALING_MODE: 'rules' },
    rules: [ELU_RULE],
    bringAbout: async (runtime) => load(runtime, '/block?ms=20', 45, 14),
    isIt: ({ reason }) => reason === 'cooldown',
    told: {
      cause: /^Held at 2 workers: elu-high wants 3 \(elu [\d.]+ %, ≥ 35 %\), but the rule acted a short while ago/m,
      figures:
        /elu-high: elu [\d.]+ % \(mean of 1 s\), holds \(≥ 35 %\), wants 3, waits: cooldown, cooldown \d+ s left/,
      next: /^Next possible: scale-up in \d+ s/m,
    },
  },
  {
    name: 'at-max',
    env: { MAX_INSTANCES: '2' },
    args: ['-i', '2'],
    bringAbout: async (runtime) => load(runtime, '/block?ms=20', 130, 9),
    isIt: ({ reason, ready }) => reason === 'limit:max' && ready === 2,
    told: {
      cause: /^Held at 2 workers: demand wants \d+ \(.*\), but /m,
      figures: /MAX_INSTANCES allows 2 at most/,
      next: /More than 2 workers are possible when MAX_INSTANCES is raised/,
    },
  },
  {
    name: 'pin',
    bringAbout: async (runtime) => {
      await runtime.api('POST', '/scaling/manual', { instances: 3, reason: 'sale begins at noon' });
      return NOTHING_TO_END;
    },
    isIt: ({ reason, action, ready }) => reason === 'pin' && action === 'hold' && ready === 3,
    told: {
      cause: /^Held at 3 workers: set to 3 by \S+.* \(sale begins at noon\)/m,
      figures: /^Pin: 3 workers for another \d+ (s|min|h), by /m,
      next: /resume, or the end of the pin in .*, gives the number back/,
    },
  },
  {
    name: 'downstream',
    bringAbout: async (runtime) => load(runtime, '/sleep?ms=900', 40, 14),
    isIt: ({ guards, id }) => id >= 8 && guards.some(({ reason }) => reason === 'blocked:downstream'),
    told: {
      cause: /^Held at 1 worker: p95 is /m,
      figures: /p95 is [\d.]+ ms \(objective 500 ms\) .*[\d.]+ %/,
      next: /blocked:downstream ends when /,
    },
  },
  {
    name: 'crash-loop',
    script: FAILS_BEYOND_TWO,
    args: ['-i', '2'],
    env: { MAX_INSTANCES: '6' },
    bringAbout: async (runtime) => load(runtime, '/', 110, 14),
    isIt: ({ reason, guards }) => reason === 'blocked:crash-loop' && guards.length > 0,
    told: {
      cause: /^Held at \d workers: .*workers fail to start/m,
      figures: /workers fail to start; [23] were healthy last/,
      next: /blocked:crash-loop ends when /,
    },
  },
  {
    name: 'missing-metrics',
    args: ['-i', '3'],
    bringAbout: async (runtime) => {
      const [worker] = await runtime.ready();
      process.kill(worker?.pid as number, 'SIGSTOP');
      return () => {
        process.kill(worker?.pid as number, 'SIGCONT');
      };
    },
    isIt: ({ reason, missing }) =>
      reason === 'blocked:missing-metrics' && missing[0]?.what.startsWith('worker') === true,
    told: {
      cause: /^Decision \d+ at .*: hold, blocked:missing-metrics \(figures are missing\)$/m,
      figures: /^ {2}worker \d+, for \d+ s$/m,
      next: /blocked:missing-metrics ends when /,
    },
  },
  {
    name: 'cores',
    args: ['-i', '2'],
    env: { MAX_INSTANCES: '8' },
    bringAbout: async (runtime) => load(runtime, '/burn?ms=30', 90, 16),
    isIt: ({ reason, clamps }) => reason === 'blocked:cpu' && clamps.at(-1)?.why === 'blocked:cpu',
    told: {
      cause: /^Held at 2 workers: demand wants \d+ \(.*\), but .*(2 cores|wait for a core)/m,
      figures: /^Machine: 2 cores, [\d.]+ % busy/m,
      next: /blocked:cpu ends when /,
    },
  },
  {
    name: 'schedule',
    env: { SCALING_SCHEDULES: '* * * * * 1h 3' },
    bringAbout: async () => NOTHING_TO_END,
    isIt: ({ action }) => action === 'scale-up',
    told: {
      cause: /^Scaled up from 1 to 3: .*schedule \* \* \* \* \* 1h 3/m,
      figures: /at least 3 workers/,
      next: /The schedule \* \* \* \* \* 1h 3 ends at .*; until then there are at least 3 workers/,
    },
  },
];
