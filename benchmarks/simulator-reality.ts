/**
 * `node dist/benchmarks/simulator-reality.js [--only step,…] [--json file]`: how near the simulator comes to what happens.
 * A service is calibrated on one steady run; a step, a ramp and a spike that it has not seen are predicted, then sent to the runtime, the
 * very same requests at the very same times.
 */
import { writeFileSync } from 'node:fs';
import { policyFor, tidegateController } from '../src/scaling/simulate/controllers/tidegate.ts';
import { type RunTrace, runFleet } from '../src/scaling/simulate/fleet/run.ts';
import { generateArrivals } from '../src/scaling/simulate/load/arrivals.ts';
import type { Workload } from '../src/scaling/simulate/load/workload.ts';
import { ABANDON_MS } from '../src/scaling/simulate/results/tally.ts';
import { chosen, commandLine } from './command-line.ts';
import { openLoop, sendAt, violationPercent } from './load/open-loop.ts';
import { type Calibration, calibrate } from './scaling/calibrate.ts';
import { type LiveRun, type LiveRunOptions, liveRun } from './scaling/live-run.ts';
import { SCENARIOS } from './scaling/scenarios.ts';
import { perSecond, type Timeline, timelineOf } from './scaling/timeline.ts';
import { table } from './table.ts';

const OBJECTIVE_MS = 500;
const SEED = 1;
const MAX_INSTANCES = 10;
/** Of a run, in which its workers compile what is hot. */
const WARM_UP_MS = 5_000;
const STEADY = { requestsPerSecond: 20, durationMs: 25_000 };
const PREDICTED_CORES = 2;

/** Requests are dealt to the workers in turn, as in the simulator; the window fits into a short run. */
const AS_SIMULATED = { LB_ALGORITHM: 'round-robin', SCALE_DOWN_STABILIZATION_MS: '20000' };

const common: Omit<LiveRunOptions, 'load'> = {
  instances: 1,
  maxInstances: MAX_INSTANCES,
  objectiveMs: OBJECTIVE_MS,
  serviceMs: 20,
  rules: null,
  env: AS_SIMULATED,
};

interface Comparison {
  readonly name: string;
  readonly workerSeconds: readonly [predicted: number, live: number];
  readonly violationPercent: readonly [predicted: number, live: number];
  /** Share of the seconds in which both wanted the same number or one apart. */
  readonly nearShare: number;
  readonly desired: readonly [predicted: readonly number[], live: readonly number[]];
  /** What the live scaler said, each time something changed or another reason held. */
  readonly told: readonly string[];
}

async function calibrated(): Promise<{ readonly calibration: Calibration; readonly policy: Timeline['policy'] }> {
  const load: LiveRunOptions['load'] = (url) => openLoop(url, [STEADY]);
  const { arrivals, recording } = await liveRun({ ...common, load });
  const timeline = timelineOf(recording);
  const settled = arrivals.filter(({ intendedMs }) => intendedMs >= WARM_UP_MS);
  return { calibration: calibrate(timeline, settled, OBJECTIVE_MS, WARM_UP_MS), policy: timeline.policy };
}

async function compare(
  workload: Workload,
  { profile, startMs }: Calibration,
  policy: Timeline['policy'],
): Promise<Comparison> {
  const arrivals = generateArrivals(workload, profile, SEED);
  const facts = {
    limits: policy.limits,
    initial: 1,
    profile,
    startMs,
    cores: PREDICTED_CORES,
    arrivals,
  };
  const predicted = runFleet(
    { workload, facts, seed: SEED },
    tidegateController(policyFor(policy, facts), facts.initial),
  );
  const send: LiveRunOptions['load'] = (url) => sendAt(url, arrivals.atMs, { keepAlive: false, timeoutMs: ABANDON_MS });
  return comparison(workload, predicted, await liveRun({ ...common, load: send }));
}

function comparison({ name, durationS }: Workload, predicted: RunTrace, live: LiveRun): Comparison {
  const timeline = timelineOf(live.recording);
  const read = (what: 'desired' | 'alive'): readonly number[] =>
    perSecond(timeline, live.loadStartedAtMs, durationS, (moment) => moment[what]);
  const desired = [Array.from(predicted.desired), read('desired')] as const;
  const near = desired[0].filter((count, second) => Math.abs(count - (desired[1][second] as number)) <= 1);
  const sum = (values: Iterable<number>): number => Array.from(values).reduce((total, value) => total + value, 0);
  const { bad, total } = predicted.tally;
  return {
    name,
    workerSeconds: [sum(predicted.alive), sum(read('alive'))],
    violationPercent: [(100 * sum(bad)) / sum(total), violationPercent(live.arrivals, OBJECTIVE_MS)],
    nearShare: near.length / durationS,
    desired,
    told: toldBy(timeline),
  };
}

function toldBy({ moments }: Timeline): readonly string[] {
  const changes = moments.filter(({ record: { action, reason } }, index) => {
    return action !== 'hold' || reason !== moments[index - 1]?.record.reason;
  });
  return changes.map(({ atMs, record }) => `${new Date(atMs).toISOString()} ${record.reason}: ${record.sentence}`);
}

const values = commandLine(
  `npm run bench:simulator -- [--only ${SCENARIOS.map(({ name }) => name).join(',')}] [--json file]`,
  ['only', 'json'],
);
const wanted = chosen('--only', values.only, SCENARIOS, ({ name }) => name);

process.stderr.write('steady run, for the calibration …\n');
const { calibration, policy } = await calibrated();
const { cpuMs, cpuVariation, coreShare } = calibration.profile;
process.stdout.write(
  `Calibrated: ${cpuMs.toFixed(1)} ms of event loop a request (variation ${cpuVariation.toFixed(2)}), ${(100 * coreShare).toFixed(0)} % of it on a core; a worker starts in ${calibration.startMs} ms\n\n`,
);
const results: Comparison[] = [];
for (const scenario of wanted) {
  process.stderr.write(`${scenario.name}: ${scenario.title} …\n`);
  results.push(await compare(scenario, calibration, policy));
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ calibration, results }, null, 2));

const word = (met: boolean): string => (met ? 'met' : 'not met');
const rows = results.map(({ name, workerSeconds: [cost, liveCost], violationPercent: [bad, liveBad], nearShare }) => [
  name,
  `${cost.toFixed(0)} / ${liveCost.toFixed(0)} (${word(Math.abs(cost - liveCost) <= 0.1 * liveCost)})`,
  `${bad.toFixed(2)} / ${liveBad.toFixed(2)} (${word(Math.abs(bad - liveBad) <= Math.max(1, 0.25 * liveBad))})`,
  `${(100 * nearShare).toFixed(0)} % (${word(nearShare >= 0.9)})`,
]);
const head = [
  'predicted / live',
  'worker-seconds (±10 %)',
  '% over the objective (±1, or 25 %)',
  'seconds within ±1 worker (90 %)',
];
process.stdout.write(`${table([head, ...rows]).join('\n')}\n`);
