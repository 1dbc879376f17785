/**
 * `node dist/benchmarks/scaling-step.js [--only name,…] [--rounds n] [--peak seconds] [--json file]`: a step of eight times the load on a
 * service that takes 20 ms of its event loop, live, with each way to scale in turn: how long until the p95 is back under the
 * objective, and what it costs.
 */
import { writeFileSync } from 'node:fs';
import { chosen, commandLine, count } from './command-line.ts';
import { openLoop, p95PerSecond, violationPercent } from './load/open-loop.ts';
import { liveRun } from './scaling/live-run.ts';
import { perSecond, timelineOf } from './scaling/timeline.ts';
import { WAYS, type Way } from './scaling/ways.ts';
import { median } from './statistics.ts';
import { table } from './table.ts';

const OBJECTIVE_MS = 500;
const BASE = { requestsPerSecond: 40, durationMs: 10_000 };
const PEAK_REQUESTS = 320;
const STEP_SECOND = BASE.durationMs / 1_000;

interface Outcome {
  readonly name: string;
  /** Infinity: not within the peak. */
  readonly recoverySeconds: number;
  readonly overObjectivePercent: number;
  /** While the peak lasted. */
  readonly workerSeconds: number;
  readonly workersAtEnd: number;
}

async function measure({ name, rules }: Way, peakSeconds: number): Promise<Outcome> {
  const peak = { requestsPerSecond: PEAK_REQUESTS, durationMs: peakSeconds * 1_000 };
  const { arrivals, loadStartedAtMs, recording } = await liveRun({
    instances: 1,
    maxInstances: 10,
    objectiveMs: OBJECTIVE_MS,
    serviceMs: 20,
    rules,
    load: (url) => openLoop(url, [BASE, peak]),
  });
  const p95 = p95PerSecond(arrivals).slice(STEP_SECOND);
  const lastBad = p95.findLastIndex((value) => value > OBJECTIVE_MS);
  const during = arrivals.filter(({ intendedMs }) => intendedMs >= BASE.durationMs);
  const workers = perSecond(
    timelineOf(recording),
    loadStartedAtMs + BASE.durationMs,
    peakSeconds,
    ({ alive, desired }) => Math.max(alive, desired),
  );
  return {
    name,
    recoverySeconds: lastBad === p95.length - 1 ? Number.POSITIVE_INFINITY : lastBad + 1,
    overObjectivePercent: violationPercent(during, OBJECTIVE_MS),
    workerSeconds: workers.reduce((sum, count) => sum + count, 0),
    workersAtEnd: workers.at(-1) ?? 0,
  };
}

const values = commandLine(
  `npm run bench:scaling -- [--rounds n] [--peak seconds] [--only way,…] [--json file]
  --only of ${WAYS.map(({ name }) => name).join(', ')}`,
  ['only', 'rounds', 'peak', 'json'],
);
const ways = chosen('--only', values.only, WAYS, ({ name }) => name);
const rounds = count('--rounds', values.rounds ?? '3');
const peakSeconds = count('--peak', values.peak ?? '45', 5);

const outcomes: Outcome[] = [];
for (let round = 1; round <= rounds; round += 1) {
  for (const way of ways) {
    process.stderr.write(`round ${round} of ${rounds}: ${way.name} …\n`);
    outcomes.push(await measure(way, peakSeconds));
  }
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcomes, null, 2));

/** The medians of a way's rounds. */
const typical = ways.map(({ name }): Outcome => {
  const own = outcomes.filter((outcome) => outcome.name === name);
  const middle = (read: (outcome: Outcome) => number): number => median(own.map(read));
  return {
    name,
    recoverySeconds: middle(({ recoverySeconds }) => recoverySeconds),
    overObjectivePercent: middle(({ overObjectivePercent }) => overObjectivePercent),
    workerSeconds: middle(({ workerSeconds }) => workerSeconds),
    workersAtEnd: middle(({ workersAtEnd }) => workersAtEnd),
  };
});
const inSeconds = (seconds: number): string =>
  Number.isFinite(seconds) ? String(seconds) : `not within ${peakSeconds}`;
const each = (name: string): string =>
  outcomes
    .filter((outcome) => outcome.name === name)
    .map(({ recoverySeconds }) => inSeconds(recoverySeconds))
    .join(', ');
const lines = table([
  ['', 's until p95 is back', 'each round', '% over the objective', 'worker-seconds', 'workers at the end'],
  ...typical.map(({ name, recoverySeconds, overObjectivePercent, workerSeconds, workersAtEnd }) => [
    name,
    inSeconds(recoverySeconds),
    each(name),
    overObjectivePercent.toFixed(1),
    workerSeconds.toFixed(0),
    String(workersAtEnd),
  ]),
]);
process.stdout.write(`${lines.join('\n')}\n`);
const [own, ...peers] = typical;
const best = peers.toSorted((a, b) => a.recoverySeconds - b.recoverySeconds || a.workerSeconds - b.workerSeconds)[0];
if (own !== undefined && best !== undefined && own.name === WAYS[0]?.name) {
  const half = Number.isFinite(own.recoverySeconds) && own.recoverySeconds <= best.recoverySeconds / 2;
  const cheaper = own.workerSeconds <= best.workerSeconds;
  process.stdout.write(
    `\nGoal, at most half of the best peer's time (${best.name}: ${inSeconds(best.recoverySeconds)}) at no more worker-seconds: ${half ? 'met' : 'not met'} in time, ${cheaper ? 'met' : 'not met'} in cost\n`,
  );
}
