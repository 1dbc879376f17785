/** Jobs done by processes that are killed at random meanwhile. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { committed, jobs, jobsConnection } from '../../../src/scaling/state/jobs/index.ts';
import { StateConnection } from '../../../src/scaling/state/open-state.ts';
import type { StateSettings } from '../../../src/scaling/state/settings.ts';
import { until } from '../../helpers/runtime.ts';
import { SeededRandom } from '../../helpers/seeded-random.ts';
import type { WorkerOrders, WorkerReport } from './jobs-worker.ts';

export interface KillingOptions {
  readonly settings: StateSettings;
  readonly queue: string;
  readonly jobs: number;
  /** Of the jobs, added after all others. */
  readonly urgent: number;
  readonly workers: number;
  readonly seed: number;
  readonly pauseMs: readonly [number, number];
  readonly timeoutMs: number;
}

export interface KillingReport {
  readonly kills: number;
  readonly tookMs: number;
  readonly completed: number;
  readonly failed: number;
  /** Jobs whose effect is there in the end. */
  readonly effects: number;
  /** Attempts begun: those above the number of jobs did jobs again. */
  readonly begun: number;
  /** Jobs of which two attempts claim to have made the effect. */
  readonly doubled: readonly string[];
  /** Jobs of which two claims had the same token. */
  readonly reusedTokens: readonly string[];
  readonly urgentP95Ms: number;
  readonly urgentMaxMs: number;
  readonly othersMedianMs: number;
}

const WORKER = fileURLToPath(new URL('./jobs-worker.js', import.meta.url));
const CONCURRENCY = 4;
const LEASE_MS = 1_000;

interface Story {
  readonly tokens: number[];
  waitedMs: number;
  made: number;
}

export async function killWorkersMeanwhile(options: KillingOptions): Promise<KillingReport> {
  const { settings, queue: name, timeoutMs } = options;
  const random = new SeededRandom(options.seed);
  const connection = new StateConnection(settings, { beforeOpen: () => {} });
  const queue = jobs<{ workMs: number }>(jobsConnection(connection), name, { keepFinished: { count: 10_000 } });
  const stories = new Map<string, Story>();
  const workers = new Set<ChildProcess>();
  /** Those that got something done: killing others, which still load their modules, would keep all from working. */
  const working = new Set<ChildProcess>();
  const orders: WorkerOrders = { settings, queue: name, concurrency: CONCURRENCY, leaseMs: LEASE_MS };
  let stopped = false;
  let ready = 0;
  const start = () => {
    const worker = fork(WORKER, [JSON.stringify(orders)], { execArgv: [] });
    workers.add(worker);
    worker.on('message', (report: WorkerReport) => {
      if (report.type === 'ready') {
        ready += 1;
        return;
      }
      if (report.type === 'made') working.add(worker);
      note(stories, report);
    });
    worker.once('exit', () => {
      workers.delete(worker);
      working.delete(worker);
      if (!stopped) start();
    });
  };
  try {
    for (let worker = 0; worker < options.workers; worker += 1) start();
    await until('the workers are up', () => ready === options.workers, 20_000);
    const startedMs = performance.now();
    const ids = await addAll(queue, options, random);
    let kills = 0;
    let stats = await queue.stats();
    while (stats.completed + stats.failed < options.jobs && performance.now() - startedMs < timeoutMs) {
      await new Promise((resolve) => setTimeout(resolve, random.integer(...options.pauseMs)));
      if (working.size > 0) {
        const victim = random.pick([...working]);
        working.delete(victim);
        victim.kill('SIGKILL');
        kills += 1;
      }
      stats = await queue.stats();
    }
    const tookMs = Math.round(performance.now() - startedMs);
    const effects = await Promise.all(ids.all.map((id) => committed(connection.state, `${name}/${id}`)));
    return {
      ...{ kills, tookMs, completed: stats.completed, failed: stats.failed },
      effects: effects.filter((effect) => effect !== undefined).length,
      ...figuresOf(stories, ids),
    };
  } finally {
    stopped = true;
    await Promise.all([...workers].map(ended));
    await queue.close();
    await connection.close();
  }
}

async function addAll(
  queue: { add(data: { workMs: number }, options: { id: string; priority: number }): Promise<unknown> },
  { jobs: count, urgent }: KillingOptions,
  random: SeededRandom,
) {
  const all = Array.from({ length: count }, (_, index) =>
    index < count - urgent ? `job-${index}` : `urgent-${index}`,
  );
  for (let from = 0; from < count; from += 100) {
    const part = all.slice(from, from + 100);
    await Promise.all(
      part.map((id) =>
        queue.add({ workMs: random.integer(5, 40) }, { id, priority: id.startsWith('urgent') ? 10 : 0 }),
      ),
    );
  }
  return { all };
}

function note(stories: Map<string, Story>, report: Exclude<WorkerReport, { type: 'ready' }>): void {
  const story = stories.get(report.id) ?? { tokens: [], waitedMs: Number.NaN, made: 0 };
  stories.set(report.id, story);
  if (report.type === 'made') {
    if (report.mine) story.made += 1;
    return;
  }
  if (story.tokens.length === 0) story.waitedMs = report.waitedMs;
  story.tokens.push(report.token);
}

function figuresOf(stories: Map<string, Story>, { all }: { all: readonly string[] }) {
  const of = (which: (id: string) => boolean) =>
    [...stories]
      .filter(([id]) => which(id))
      .map(([, { waitedMs }]) => waitedMs)
      .sort((a, b) => a - b);
  const urgent = of((id) => id.startsWith('urgent'));
  const others = of((id) => id.startsWith('job'));
  const named = (test: (story: Story) => boolean) =>
    all.filter((id) => {
      const story = stories.get(id);
      return story !== undefined && test(story);
    });
  return {
    begun: [...stories.values()].reduce((sum, { tokens }) => sum + tokens.length, 0),
    doubled: named(({ made }) => made > 1),
    reusedTokens: named(({ tokens }) => new Set(tokens).size < tokens.length),
    urgentP95Ms: urgent[Math.ceil(urgent.length * 0.95) - 1] ?? Number.NaN,
    urgentMaxMs: urgent.at(-1) ?? Number.NaN,
    othersMedianMs: others[Math.floor(others.length / 2)] ?? Number.NaN,
  };
}

async function ended(worker: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.kill('SIGKILL');
  await exit;
}

export function expectAllDoneOnce(report: KillingReport, { jobs: count }: { readonly jobs: number }): void {
  if (process.env.SHOW_FIGURES) process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report, JSON.stringify(report)).to.include({ completed: count, failed: 0, effects: count });
  expect(report.kills, 'kills').to.be.at.least(2);
  expect(report.begun, 'attempts').to.be.greaterThan(count);
  expect(report.doubled, 'effects made twice').to.deep.equal([]);
  expect(report.reusedTokens, 'tokens used twice').to.deep.equal([]);
  expect(report.urgentP95Ms, 'queue time of urgent jobs').to.be.lessThan(5_000);
  expect(report.urgentP95Ms, 'urgent jobs, which came last, before half of the others').to.be.lessThan(
    report.othersMedianMs,
  );
}
