/** Results in words and columns. Pure. */
import type { Bound } from './goals.ts';
import type { JudgedGoal, LoadReport, LoadRow } from './load-report.ts';
import type { MachineDescription } from './machine.ts';
import type { StartReport } from './start-report.ts';
import type { Estimate } from './statistics.ts';
import type { IdleFigures } from './suites/idle-suite.ts';
import { table } from './table.ts';

const MEGABYTE = 1e6;
const CORE_SHARED = 0.05;

export function machineLines(machine: MachineDescription): string[] {
  const { cpu, cores, memoryGigabytes, kernel, node, loadAverage } = machine;
  return [
    `${cores} × ${cpu}, ${memoryGigabytes} GB, ${kernel}, Node ${node}; load average before the run ${loadAverage}`,
  ];
}

export function loadLines(report: LoadReport): string[] {
  const { suite, generator, rows, goals, foreign } = report;
  const heading = [
    '',
    `${suite.unit}/s`,
    '÷ cluster [95 %]',
    'balancer µs',
    'workers µs',
    'system µs',
    '÷ cluster [95 %]',
    'spread ±',
    'errors',
  ];
  return [
    `${suite.title} (${generator})`,
    ...table([heading, ...rows.map(loadRow)]),
    ...(foreign === null ? [] : [foreignLine(foreign)]),
    ...goalLines(goals),
  ];
}

export function startLines(report: StartReport): string[] {
  const { rounds, bareReadyMs, readyMs, bareRssMegabytes, rssMegabytes, barePssMegabytes, pssMegabytes } = report;
  return [
    `Worker start, and memory of a fresh worker (${rounds} pairs)`,
    ...table([
      ['', 'ready ms', 'RSS MB', 'PSS MB'],
      ['bare cluster.fork', bareReadyMs.toFixed(1), bareRssMegabytes.toFixed(1), barePssMegabytes.toFixed(1)],
      ['Tidegate', readyMs.toFixed(1), rssMegabytes.toFixed(1), pssMegabytes.toFixed(1)],
    ]),
    `  added RSS: ${interval(report.addedRssMegabytes)} MB`,
    ...goalLines(report.goals),
  ];
}

export function idleLines(figures: readonly IdleFigures[], seconds: number, goals: readonly JudgedGoal[]): string[] {
  const rows = figures.map(({ label, cpu, workersCpu, rssBytes, pssBytes }) => [
    label,
    `${(cpu * 100).toFixed(2)} %`,
    `${(workersCpu * 100).toFixed(2)} %`,
    (rssBytes / MEGABYTE).toFixed(1),
    (pssBytes / MEGABYTE).toFixed(1),
  ]);
  return [
    `Idle primary with two workers (${seconds} s)`,
    ...table([['', 'CPU', 'workers CPU', 'RSS MB', 'PSS MB'], ...rows]),
    ...goalLines(goals),
  ];
}

/** All goals of a run, once more. */
export function verdictLines(goals: readonly JudgedGoal[]): string[] {
  const count = (wanted: string): number => goals.filter(({ verdict }) => verdict === wanted).length;
  return [
    `Goals: ${count('met')} met, ${count('not met')} not met, ${count('undecided')} undecided`,
    ...table(goals.map(({ text, bound, estimate, verdict }) => [text, boundText(bound), interval(estimate), verdict])),
  ];
}

function loadRow(row: LoadRow): string[] {
  const { label, perSecond, perSecondRatio, balancerMicros, workersMicros, systemMicros, systemRatio } = row;
  return [
    label,
    Math.round(perSecond).toLocaleString('en-US'),
    interval(perSecondRatio),
    balancerMicros.toFixed(1),
    workersMicros.toFixed(1),
    systemMicros.toFixed(1),
    interval(systemRatio),
    row.spread === null ? '' : `${Math.round(row.spread.median * 100)} %`,
    String(row.errors),
  ];
}

function goalLines(goals: readonly JudgedGoal[]): string[] {
  return goals.map(
    ({ text, bound, estimate, verdict }) => `  goal ${boundText(bound)}  ${text}: ${interval(estimate)}  ${verdict}`,
  );
}

function foreignLine({ median, most }: { readonly median: number; readonly most: number }): string {
  const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
  const doubt = median > CORE_SHARED ? ': too much to trust these figures' : '';
  return `  other processes took ${percent(median)} of a core (median; at most ${percent(most)})${doubt}`;
}

function boundText(bound: Bound): string {
  return 'atLeast' in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
}

function interval({ median, low, high }: Estimate): string {
  const digits = Math.abs(median) < 0.1 ? 4 : 2;
  if (low === high) return median.toFixed(digits);
  return `${median.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}
