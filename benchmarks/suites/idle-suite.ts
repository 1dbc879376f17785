import { setTimeout as delay } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import { type Bench, Deployment } from '../deployment.ts';
import { memoryOf, processInfo } from '../processes.ts';
import { appFile } from '../running.ts';
import { median } from '../statistics.ts';

const WORKERS = 2;
const MEMORY_EVERY_MS = 1_000;

/** The balancing process of a contender that nobody asks anything. */
export interface IdleFigures {
  readonly label: string;
  /** CPU time ÷ wall time; 1 = one core. */
  readonly cpu: number;
  readonly workersCpu: number;
  /** Medians over the time, looked at once a second. */
  readonly rssBytes: number;
  readonly pssBytes: number;
}

/** Lets contenders with two workers settle, and then looks at all of them for the same time. */
export async function measureIdle(
  bench: Bench,
  contenders: readonly Contender[],
  settleSeconds: number,
  idleSeconds: number,
): Promise<readonly IdleFigures[]> {
  const deployments: Deployment[] = [];
  try {
    for (const contender of contenders) {
      deployments.push(await Deployment.start(bench, contender, appFile('http.cjs'), WORKERS));
    }
    bench.progress(`idle: ${settleSeconds} s to settle, then ${idleSeconds} s`);
    await delay(settleSeconds * 1000);
    return await observe(deployments, idleSeconds * 1000);
  } finally {
    for (const deployment of deployments) await deployment.end();
  }
}

async function observe(deployments: readonly Deployment[], durationMs: number): Promise<IdleFigures[]> {
  const startedAtMs = performance.now();
  const before = deployments.map((deployment) => deployment.cpu());
  const memory = deployments.map(() => ({ rss: [] as number[], pss: [] as number[] }));
  while (performance.now() - startedAtMs < durationMs) {
    for (const [index, { rootPid, contender }] of deployments.entries()) {
      if (processInfo(rootPid) === null) throw new Error(`${contender.label} has ended while it was idle`);
      const { rssBytes, pssBytes } = memoryOf(rootPid);
      memory[index]?.rss.push(rssBytes);
      memory[index]?.pss.push(pssBytes);
    }
    await delay(MEMORY_EVERY_MS);
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  return deployments.map((deployment, index) => {
    const after = deployment.cpu();
    const since = (key: 'balancerSeconds' | 'workersSeconds'): number =>
      (after[key] - (before[index]?.[key] ?? 0)) / seconds;
    return {
      label: deployment.contender.label,
      cpu: since('balancerSeconds'),
      workersCpu: since('workersSeconds'),
      rssBytes: median(memory[index]?.rss ?? []),
      pssBytes: median(memory[index]?.pss ?? []),
    };
  });
}
