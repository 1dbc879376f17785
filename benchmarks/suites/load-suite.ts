import { setTimeout as delay } from 'node:timers/promises';
import type { Contender, ContenderId } from '../contender.ts';
import { CoreWatch } from '../core-watch.ts';
import { type Bench, Deployment } from '../deployment.ts';
import type { Load, LoadResult } from '../load/load.ts';
import { appFile } from '../running.ts';
import { deviationFromEven } from '../statistics.ts';

const LOAD_SECONDS = 1;
/**
 * A fresh worker answers at a third of its pace until V8 has compiled what is hot, which takes a second or two of processor time of its own;
 * the workers share one core.
 */
const WARM_UP_SECONDS_PER_WORKER = 3;
/** For connections that the generator has left to be closed: their cost belongs to what opened them. */
const SETTLE_MS = 150;
/** A cell is measured again when others took more than this part of a core. */
const DISTURBED = 0.1;
const TRIES_MORE = 2;
const MICROS = 1e6;

export interface LoadSuite {
  readonly name: 'keepalive' | 'short' | 'ws';
  readonly title: string;
  /** What is counted, in the plural. */
  readonly unit: 'requests' | 'connections' | 'messages';
  readonly app: string;
  readonly load: Load;
  readonly workers: number;
}

/** One second of load on one contender. CPU in µs per request, connection or message. */
export interface Cell {
  readonly perSecond: number;
  readonly balancerMicros: number;
  readonly workersMicros: number;
  readonly systemMicros: number;
  /** Of the connections over the workers; null for a single process. */
  readonly deviation: number | null;
  readonly errors: number;
  /** Part of a core that others took meanwhile; null where nothing is pinned. */
  readonly foreign: number | null;
}

/** By contender, in the order of the rounds. */
export type LoadFigures = ReadonlyMap<ContenderId, readonly Cell[]>;

/** Runs all contenders at once and loads one after the other, over and over: A B C … A B C …, when all are warm. */
export async function measureLoad(
  bench: Bench,
  suite: LoadSuite,
  contenders: readonly Contender[],
  rounds: number,
): Promise<LoadFigures> {
  const deployments: Deployment[] = [];
  const figures = new Map<ContenderId, Cell[]>();
  try {
    for (const contender of contenders) {
      deployments.push(await Deployment.start(bench, contender, appFile(suite.app), suite.workers));
    }
    bench.progress(`${suite.title}: warming up`);
    for (const deployment of deployments) {
      await suite.load.run(deployment.port, suite.workers * WARM_UP_SECONDS_PER_WORKER);
    }
    for (let round = 1; round <= rounds; round += 1) {
      bench.progress(`${suite.title}: round ${round} of ${rounds}`);
      for (const deployment of deployments) {
        const cell = await measureCell(bench, suite, deployment);
        const { id } = deployment.contender;
        figures.set(id, [...(figures.get(id) ?? []), cell]);
      }
    }
  } finally {
    for (const deployment of deployments) await deployment.end();
  }
  return figures;
}

/** Others may use the machine too: then again, and the least disturbed counts. */
async function measureCell(bench: Bench, suite: LoadSuite, deployment: Deployment): Promise<Cell> {
  let best = await tryCell(bench, suite, deployment);
  for (let again = 0; again < TRIES_MORE && (best.foreign ?? 0) > DISTURBED; again += 1) {
    const next = await tryCell(bench, suite, deployment);
    if ((next.foreign ?? 0) < (best.foreign ?? 0)) best = next;
  }
  return best;
}

async function tryCell(bench: Bench, suite: LoadSuite, deployment: Deployment): Promise<Cell> {
  const connectionsBefore = await deployment.connections();
  const watch = bench.pinning === null ? null : new CoreWatch(bench.pinning);
  const before = deployment.cpu();
  const result = await suite.load.run(deployment.port, LOAD_SECONDS);
  await delay(SETTLE_MS);
  const after = deployment.cpu();
  const balancerSeconds = after.balancerSeconds - before.balancerSeconds;
  const workersSeconds = after.workersSeconds - before.workersSeconds;
  const systemSeconds = balancerSeconds + workersSeconds;
  const foreign = watch === null ? null : watch.foreign(systemSeconds);
  const connections = await deployment.connections();

  assertAnswered(deployment, result);
  const counts = [...connections].map(([pid, count]) => count - (connectionsBefore.get(pid) ?? 0));
  const micros = (seconds: number): number => (seconds / result.requests) * MICROS;
  return {
    perSecond: result.requests / result.seconds,
    balancerMicros: micros(balancerSeconds),
    workersMicros: micros(workersSeconds),
    systemMicros: micros(systemSeconds),
    deviation: deployment.contender.scales ? deviationFromEven(counts) : null,
    errors: result.errors,
    foreign,
  };
}

function assertAnswered({ contender, output }: Deployment, { requests }: LoadResult): void {
  if (requests === 0) throw new Error(`${contender.label} answered nothing; it said: ${output}`);
}
