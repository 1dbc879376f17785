/**
 * `node dist/benchmarks/scaling-step.js [--only name,…] [--json file]`: a step of eight times the load on a service that takes 20 ms of
 * its event loop, live, once with each way to scale: how long until the p95 is back under the objective, and what it costs.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLoop, p95PerSecond } from './load/open-loop.ts';
import { appFile, freePort } from './running.ts';
import { table } from './table.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const APP = appFile('serial.cjs');
const OBJECTIVE_MS = 500;
const BASE = { requestsPerSecond: 40, durationMs: 10_000 };
const PEAK = { requestsPerSecond: 320, durationMs: 45_000 };

const up = (given: object): object => ({ name: 'up', metric: 'elu', operator: 'gte', action: 'scale-up', ...given });
const down = (given: object): object => ({
  name: 'down',
  metric: 'elu',
  operator: 'lte',
  action: 'scale-down',
  ...given,
});

/** The peers' rules on the signal that this load moves; null: the demand core. */
const WAYS: Readonly<Record<string, readonly object[] | null>> = {
  'Tidegate auto': null,
  'Watt (default)': [
    up({ threshold: 80, windowMs: 10_000, scaleAmount: 1, cooldownPeriod: 20_000 }),
    down({ threshold: 20, windowMs: 60_000, scaleAmount: 1, cooldownPeriod: 20_000 }),
  ],
  'Watt (tuned)': [
    up({ threshold: 60, windowMs: 2_000, scaleAmount: 1, cooldownPeriod: 1_000 }),
    down({ threshold: 20, windowMs: 60_000, scaleAmount: 1, cooldownPeriod: 20_000 }),
  ],
  'pm2-autoscale': [
    up({ threshold: 30, windowMs: 1_000, scaleAmount: 1, cooldownPeriod: 10_000 }),
    down({ threshold: 5, windowMs: 1_000, scaleAmount: 1, cooldownPeriod: 30_000 }),
  ],
  "customer's rules": [
    up({ threshold: 80, windowMs: 10_000, scaleAmount: 2, cooldownPeriod: 300_000 }),
    down({ threshold: 30, windowMs: 10_000, scaleAmount: 1, cooldownPeriod: 600_000 }),
  ],
};

interface Outcome {
  readonly name: string;
  /** Null: not within the peak. */
  readonly recoveredAfterSeconds: number | null;
  readonly overObjectivePercent: number;
  /** While the peak lasted. */
  readonly workerSeconds: number;
  readonly workersAtEnd: number;
}

async function measure(name: string, rules: readonly object[] | null): Promise<Outcome> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'tgs-'));
  const [port, managementPort] = [await freePort(), await freePort()];
  const rulesFile = path.join(scratch, 'rules.json');
  writeFileSync(rulesFile, JSON.stringify({ rules: rules ?? [] }));
  const env = {
    ...process.env,
    PORT: String(port),
    MANAGEMENT_PORT: String(managementPort),
    TIDEGATE_RUNTIME_DIR: scratch,
    MIN_INSTANCES: '1',
    MAX_INSTANCES: '10',
    LATENCY_OBJECTIVE_MS: String(OBJECTIVE_MS),
    STATE_ENABLED: 'false',
    ...(rules === null ? {} : { SCALING_MODE: 'rules', SCALING_RULES_FILE: rulesFile }),
  };
  const runtime = spawn(process.execPath, [MAIN, 'start', APP, '-i', '1'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    runtime.once('exit', () => resolve());
  });
  try {
    const url = `http://127.0.0.1:${port}/`;
    await answers(url);
    const counts: { atMs: number; workers: number }[] = [];
    const startMs = performance.now();
    const watch = async (): Promise<void> => {
      const status = (await (await fetch(`http://127.0.0.1:${managementPort}/cluster/status`)).json()) as {
        readonly workers: readonly { readonly phase: string }[];
      };
      const alive = status.workers.filter(({ phase }) => phase === 'starting' || phase === 'ready').length;
      counts.push({ atMs: performance.now() - startMs, workers: alive });
    };
    let watching = true;
    const watched = (async () => {
      while (watching) {
        await watch().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    const arrivals = await openLoop(url, [BASE, PEAK]);
    watching = false;
    await watched;
    const peak = arrivals.filter(({ intendedMs }) => intendedMs >= BASE.durationMs);
    const stepSecond = BASE.durationMs / 1_000;
    const p95 = p95PerSecond(arrivals).slice(stepSecond);
    const lastBad = p95.findLastIndex((value) => value > OBJECTIVE_MS);
    const bad = peak.filter(({ latencyMs }) => latencyMs === null || latencyMs > OBJECTIVE_MS);
    const during = counts.filter(({ atMs }) => atMs >= BASE.durationMs && atMs <= BASE.durationMs + PEAK.durationMs);
    const workerMs = during.slice(1).reduce((total, { atMs, workers }, index) => {
      return total + workers * (atMs - (during[index] as { atMs: number }).atMs);
    }, 0);
    return {
      name,
      recoveredAfterSeconds: lastBad === p95.length - 1 ? null : lastBad + 1,
      overObjectivePercent: (100 * bad.length) / peak.length,
      workerSeconds: workerMs / 1_000,
      workersAtEnd: during.at(-1)?.workers ?? 0,
    };
  } finally {
    runtime.kill('SIGTERM');
    await ended;
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function answers(url: string): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    await response?.text();
    if (response?.ok === true) return;
    if (performance.now() > deadlineMs) throw new Error(`${url} does not answer within 20 s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const { values } = parseArgs({ options: { only: { type: 'string' }, json: { type: 'string' } } });
const names = values.only?.split(',') ?? Object.keys(WAYS);
const outcomes: Outcome[] = [];
for (const name of names) {
  const rules = WAYS[name];
  if (rules === undefined)
    throw new RangeError(`--only: given "${name}"; it must be of ${Object.keys(WAYS).join(', ')}`);
  process.stderr.write(`${name} …\n`);
  outcomes.push(await measure(name, rules));
}
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(outcomes, null, 2));
const lines = table([
  ['', 's until p95 is back', '% over the objective', 'worker-seconds', 'workers at the end'],
  ...outcomes.map(({ name, recoveredAfterSeconds, overObjectivePercent, workerSeconds, workersAtEnd }) => [
    name,
    recoveredAfterSeconds === null ? `not within ${PEAK.durationMs / 1_000}` : String(recoveredAfterSeconds),
    overObjectivePercent.toFixed(1),
    workerSeconds.toFixed(0),
    String(workersAtEnd),
  ]),
]);
process.stdout.write(`${lines.join('\n')}\n`);
