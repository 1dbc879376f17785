import { setTimeout as delay } from 'node:timers/promises';
import { tidegate } from '../contenders.ts';
import { type Bench, Deployment } from '../deployment.ts';
import { type MemoryFigures, memoryOf } from '../processes.ts';
import { appFile, until } from '../running.ts';
import { ControlClient } from './control-client.ts';
import { Forker, type StartedWorker } from './forker.ts';

/** A fresh worker still collects garbage of its start; then it is still. */
const SETTLE_MS = 1_500;
/** Several times what a start takes: whoever asks the primary earlier takes its core from the worker that starts. */
const LOOK_EVERY_MS = 500;

/** A pair of starts, one after the other, and the memory of both workers at the same time. */
export interface StartRound {
  readonly bareReadyMs: number;
  readonly readyMs: number;
  readonly bareMemory: MemoryFigures;
  readonly memory: MemoryFigures;
}

/** Starts a worker in a bare `cluster.fork` and one in Tidegate, in turns; both of the same app, each beside one that runs. */
export async function measureStarts(bench: Bench, starts: number): Promise<readonly StartRound[]> {
  const app = appFile('http.cjs');
  const forker = await Forker.start(bench, app);
  const deployment = await Deployment.start(bench, tidegate('shared-accept', 'Tidegate', 'adaptive'), app, 1);
  const rounds: StartRound[] = [];
  try {
    const control = await ControlClient.of(deployment);
    for (let round = 0; round <= starts; round += 1) {
      bench.progress(`worker start: ${round === 0 ? 'warming up' : `${round} of ${starts}`}`);
      const bare = await forker.startWorker();
      const own = await startWorker(deployment, control);
      await delay(SETTLE_MS);
      if (round > 0) {
        const memory = { bareMemory: memoryOf(bare.pid), memory: memoryOf(own.pid) };
        rounds.push({ bareReadyMs: bare.readyMs, readyMs: own.readyMs, ...memory });
      }
      await forker.stopWorker(bare.pid);
      await stopWorker(deployment, control);
    }
  } finally {
    await deployment.end();
    await forker.end();
  }
  return rounds;
}

/** Nothing is asked of the primary while the worker starts, as nothing is asked of the one that forks bare workers. */
async function startWorker(deployment: Deployment, control: ControlClient): Promise<StartedWorker> {
  const before = new Set(deployment.workerPids());
  const started = (): number | undefined => deployment.workerPids().find((pid) => !before.has(pid));
  await control.scale(before.size + 1);
  await until(
    () => `a further worker; it said: ${deployment.output}`,
    () => started() !== undefined,
  );
  const pid = started() as number;
  for (;;) {
    await delay(LOOK_EVERY_MS);
    const worker = (await control.workers()).find((candidate) => candidate.pid === pid);
    if (worker === undefined) throw new Error(`worker ${pid} has ended; it said: ${deployment.output}`);
    if (worker.readyAtMs !== null) return { pid, readyMs: worker.readyAtMs - worker.startedAtMs };
  }
}

/** One less; the youngest goes, or another, which makes no difference here. */
async function stopWorker(deployment: Deployment, control: ControlClient): Promise<void> {
  const wanted = deployment.workerPids().length - 1;
  await control.scale(wanted);
  await until(
    () => `${wanted} workers; it said: ${deployment.output}`,
    () => deployment.workerPids().length === wanted,
  );
}
