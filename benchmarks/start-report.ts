/** What the starts of workers come to, and what an idle primary costs. Pure. */
import { AGENT_MEGABYTES, IDLE_CPU, IDLE_MEGABYTES, START_RATIO, verdict } from './goals.ts';
import type { JudgedGoal } from './load-report.ts';
import { type Estimate, estimate, median, ratios } from './statistics.ts';
import type { IdleFigures } from './suites/idle-suite.ts';
import type { StartRound } from './suites/start-suite.ts';

const MEGABYTE = 1e6;

export interface StartReport {
  readonly rounds: number;
  readonly bareReadyMs: number;
  readonly readyMs: number;
  readonly bareRssMegabytes: number;
  readonly rssMegabytes: number;
  readonly barePssMegabytes: number;
  readonly pssMegabytes: number;
  readonly addedRssMegabytes: Estimate;
  readonly goals: readonly JudgedGoal[];
}

/** @throws RangeError without rounds */
export function startReport(rounds: readonly StartRound[], random: () => number): StartReport {
  const all = (pick: (round: StartRound) => number): number[] => rounds.map(pick);
  const megabytes = (pick: (round: StartRound) => number): number => median(all(pick)) / MEGABYTE;
  const readyMs = all((round) => round.readyMs);
  const bareReadyMs = all((round) => round.bareReadyMs);
  const ready = estimate(ratios(readyMs, bareReadyMs), random);
  const added = (key: 'pssBytes' | 'rssBytes'): Estimate =>
    estimate(
      all(({ memory, bareMemory }) => (memory[key] - bareMemory[key]) / MEGABYTE),
      random,
    );
  const addedPss = added('pssBytes');
  return {
    rounds: rounds.length,
    bareReadyMs: median(bareReadyMs),
    readyMs: median(readyMs),
    bareRssMegabytes: megabytes(({ bareMemory }) => bareMemory.rssBytes),
    rssMegabytes: megabytes(({ memory }) => memory.rssBytes),
    barePssMegabytes: megabytes(({ bareMemory }) => bareMemory.pssBytes),
    pssMegabytes: megabytes(({ memory }) => memory.pssBytes),
    addedRssMegabytes: added('rssBytes'),
    goals: [
      {
        text: 'worker ready ÷ bare cluster.fork',
        bound: START_RATIO,
        estimate: ready,
        verdict: verdict(ready, START_RATIO),
      },
      {
        text: 'MB added to a worker by the agent (PSS)',
        bound: AGENT_MEGABYTES,
        estimate: addedPss,
        verdict: verdict(addedPss, AGENT_MEGABYTES),
      },
    ],
  };
}

/** Single figures, of one long look: their interval is a point. */
export function idleGoals({ cpu, rssBytes }: Pick<IdleFigures, 'cpu' | 'rssBytes'>): JudgedGoal[] {
  const point = (value: number): Estimate => ({ median: value, low: value, high: value });
  const megabytes = point(rssBytes / MEGABYTE);
  return [
    {
      text: 'idle primary, part of a core',
      bound: IDLE_CPU,
      estimate: point(cpu),
      verdict: verdict(point(cpu), IDLE_CPU),
    },
    {
      text: 'idle primary, MB (RSS)',
      bound: IDLE_MEGABYTES,
      estimate: megabytes,
      verdict: verdict(megabytes, IDLE_MEGABYTES),
    },
  ];
}
