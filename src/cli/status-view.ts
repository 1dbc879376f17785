/** A cluster's status as a person reads it: a headline, what is going on, and a row per worker. */
import { formatByteSize } from '../../config/byte-size.ts';
import { formatDuration } from '../../config/duration.ts';
import type { ClusterStatus, WorkerPhase, WorkerStatus } from '../ipc/status.ts';
import { type Column, tableLines } from './table.ts';
import type { Colour, Terminal } from './terminal.ts';

const UNKNOWN = '-';

const PHASE_COLOURS: Readonly<Record<WorkerPhase, Colour>> = {
  starting: 'yellow',
  ready: 'green',
  draining: 'cyan',
  stopping: 'cyan',
  stopped: 'dim',
};

/** A sentence each. */
export interface MoreToSay {
  /** What was set by hand, and for how long. */
  readonly manual?: readonly string[];
  /** What other policies would have decided. */
  readonly shadows?: readonly string[];
  /** Workers that will reach their limit of memory. */
  readonly memory?: readonly string[];
}

/**
 * The lines to print.
 * @param decision the last scaling decision in one sentence; undefined when there is none yet
 */
export function statusLines(
  status: ClusterStatus,
  decision: string | undefined,
  terminal: Terminal,
  nowMs: number,
  more: MoreToSay = {},
): string[] {
  const rows = [...status.workers].sort((a, b) => a.slot - b.slot || a.id - b.id);
  const table = tableLines(workerColumns(terminal, nowMs), rows, (title) => terminal.paint('dim', title));
  return [headline(status, terminal, nowMs), ...details(status, decision, more, terminal), '', ...table];
}

function headline(status: ClusterStatus, terminal: Terminal, nowMs: number): string {
  const complete = status.ready >= status.desired;
  const ready = terminal.paint(
    complete ? 'green' : 'yellow',
    `${status.ready} of ${plural(status.desired, 'worker')} ready`,
  );
  const up = `up ${formatDuration(nowMs - status.startedAtMs)}`;
  const stopping = status.stopping ? [terminal.paint('yellow', 'stopping')] : [];
  return [terminal.paint('bold', status.name), ready, ...stopping, up, `pid ${status.pid}`].join(' · ');
}

function details(
  status: ClusterStatus,
  decision: string | undefined,
  { manual = [], shadows = [], memory = [] }: MoreToSay,
  terminal: Terminal,
): string[] {
  const lines: (readonly [label: string, text: string])[] = [['script', status.script]];
  lines.push(['listening', status.addresses.length === 0 ? 'nothing yet' : status.addresses.join(', ')]);
  if (decision !== undefined) lines.push(['scaling', decision]);
  for (const sentence of manual) lines.push(['by hand', sentence]);
  for (const shadow of shadows) lines.push(['shadow', shadow]);
  for (const sentence of memory) lines.push(['memory', sentence]);
  if (status.reload?.outcome === 'running') {
    lines.push(['reload', `${status.reload.replaced} of ${status.reload.total} replaced. ${status.reload.detail}`]);
  }
  if (status.crashLoop.frozen) lines.push(['crashes', terminal.paint('red', crashSentence(status))]);
  return lines.map(([label, text]) => `  ${terminal.paint('dim', label.padEnd(9))}  ${text}`);
}

function crashSentence({ crashLoop }: ClusterStatus): string {
  const last = crashLoop.lastFailure === null ? '' : `; the last: ${crashLoop.lastFailure}`;
  return `${plural(crashLoop.failedStarts, 'failed start')}, no growth above ${crashLoop.lastHealthyCount}${last}`;
}

function workerColumns(terminal: Terminal, nowMs: number): readonly Column<WorkerStatus>[] {
  const right = (title: string, text: (worker: WorkerStatus) => string): Column<WorkerStatus> => ({
    title,
    align: 'right',
    text,
  });
  return [
    right('slot', ({ slot }) => String(slot)),
    right('id', ({ id }) => `w${id}`),
    right('pid', ({ pid }) => String(pid ?? UNKNOWN)),
    {
      title: 'state',
      align: 'left',
      text: stateOf,
      paint: (cell, worker) => terminal.paint(worker.ejected ? 'red' : PHASE_COLOURS[worker.phase], cell),
    },
    right('uptime', ({ startedAtMs }) => formatDuration(nowMs - startedAtMs)),
    right('cpu', ({ sample }) => percent(sample?.cpu)),
    right('elu', ({ sample }) => percent(sample?.elu)),
    right('memory', ({ sample }) => (sample === null ? UNKNOWN : formatByteSize(sample.rssBytes))),
    right('connections', ({ sample }) => String(sample?.connections ?? UNKNOWN)),
    right('requests', ({ sample }) => String(sample?.totals.requestsCompleted ?? UNKNOWN)),
    right('restarts', ({ restarts }) => String(restarts)),
  ];
}

function stateOf({ phase, ejected, balanced }: WorkerStatus): string {
  if (ejected) return `${phase}, ejected`;
  return balanced || phase !== 'ready' ? phase : 'ready, no server';
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? UNKNOWN : `${Math.round(ratio * 100)} %`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
