/** The picture: exactly as many lines as the terminal has rows, none longer than its columns. Pure. */
import { stripVTControlCharacters } from 'node:util';
import { formatByteSize } from '../../../config/byte-size.ts';
import { formatDuration } from '../../../config/duration.ts';
import type { WorkerPhase, WorkerStatus } from '../../ipc/status.ts';
import { growth, untilLimit } from '../memory-trends.ts';
import { type Column, tableLines } from '../table.ts';
import type { Colour } from '../terminal.ts';
import { type MemoryTrend, type Snapshot, sortedWorkers, type TopModel } from './model.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export type PaintText = (colour: Colour, text: string) => string;

const PHASES: Readonly<Record<WorkerPhase, Colour>> = {
  starting: 'yellow',
  ready: 'green',
  draining: 'cyan',
  stopping: 'cyan',
  stopped: 'dim',
};
const KEYS = 'q quit  s sort  + - scale by one  c count  r reload  e explain  l logs  h help';
/** Below this there is room for nothing that helps. */
const LEAST: Size = { columns: 30, rows: 6 };
/** An answer of the control API is longer than a narrow terminal. */
const MOST_NOTICE_LINES = 2;

const HELP = [
  'tidegate top shows the workers of one instance, once a second.',
  '',
  '  s          sort by slot, cpu, memory, requests, connections',
  '  + -        one worker more, one less (held for MANUAL_PIN_MS)',
  '  c          type a number of workers, then Enter',
  '  r          rolling reload; asks first',
  '  e          why the last scaling decision was taken',
  '  l          the last lines of workers and runtime',
  '  ↑ ↓ k j    scroll',
  '  Esc        back',
  '  q, Ctrl-C  quit',
];

/** The lines of the screen. */
export function frame(model: TopModel, size: Size, paint: PaintText): string[] {
  if (size.columns < LEAST.columns || size.rows < LEAST.rows) {
    return fitted([`too small: ${LEAST.columns}×${LEAST.rows} at least`], size, paint);
  }
  const head = header(model, size, paint);
  const foot = footer(model, size, paint);
  const room = size.rows - head.length - foot.length;
  const body = bodyOf(model, size, room, paint).slice(0, room);
  while (body.length < room) body.push('');
  return fitted([...head, ...body, ...foot], size, paint);
}

function header({ label, snapshot }: TopModel, size: Size, paint: PaintText): string[] {
  if (snapshot === null) return [`${paint('bold', label)} …`, ''];
  const { status, decision, atMs } = snapshot;
  const colour = status.ready >= status.desired ? 'green' : 'yellow';
  const parts = [
    paint('bold', status.name),
    paint(colour, `${status.ready}/${status.desired} ready`),
    ...(status.stopping ? [paint('yellow', 'stopping')] : []),
    ...(status.reload?.outcome === 'running'
      ? [paint('cyan', `reload ${status.reload.replaced}/${status.reload.total}`)]
      : []),
    ...(status.crashLoop.frozen ? [paint('red', 'crash loop')] : []),
    `up ${formatDuration(atMs - status.startedAtMs)}`,
    status.addresses.join(', '),
  ];
  const line = decision === null ? '' : paint('dim', cut(`scaling: ${plain(decision)}`, size.columns));
  return [parts.filter((part) => part !== '').join(' · '), line, ''];
}

function footer({ prompt, notice }: TopModel, { columns }: Size, paint: PaintText): string[] {
  if (prompt?.kind === 'scale') return ['', `Workers wanted: ${prompt.typed}_   (Enter, or Esc)`];
  if (prompt?.kind === 'reload') return ['', paint('yellow', 'Replace all workers, one by one? y / n')];
  if (notice === null) return ['', paint('dim', KEYS)];
  const said = wrapped(plain(notice.text), columns).slice(0, MOST_NOTICE_LINES);
  return [...said.map((line) => paint(notice.isBad ? 'red' : 'green', line)), paint('dim', KEYS)];
}

function bodyOf(model: TopModel, size: Size, room: number, paint: PaintText): string[] {
  const { view, explanation, logs } = model;
  if (view === 'help') return HELP;
  if (view === 'explain') return explanation.flatMap((line) => wrapped(plain(line), size.columns));
  if (view === 'logs') return logs.slice(-room).map((line) => logLine(line.atMs, line.source, line.text, paint));
  const { snapshot, rates, sort, scrolled } = model;
  if (snapshot === null) return ['waiting for the first figures'];
  const rows = sortedWorkers(model);
  const [title = '', ...lines] = tableLines(columnsFor(size, snapshot, rates, paint), rows, (text) =>
    paint(text.trim() === sort ? 'bold' : 'dim', text),
  );
  const least = Math.max(0, lines.length - (room - 1));
  const from = Math.min(scrolled, least);
  const shown = lines.slice(from, from + room - 1);
  if (from + shown.length < lines.length)
    shown[shown.length - 1] = paint('dim', `… ${lines.length - from - shown.length + 1} more (↓)`);
  return [title, ...shown];
}

/** What a narrow terminal has no room for goes first. */
function columnsFor(
  size: Size,
  now: Snapshot,
  rates: TopModel['rates'],
  paint: PaintText,
): readonly Column<WorkerStatus>[] {
  const right = (title: string, text: (worker: WorkerStatus) => string): Column<WorkerStatus> => ({
    title,
    align: 'right',
    text,
  });
  const trendOf = ({ id }: WorkerStatus): MemoryTrend | undefined => now.trends.find((trend) => trend.id === id);
  const state: Column<WorkerStatus> = {
    title: 'state',
    align: 'left',
    text: ({ phase, ejected }) => (ejected ? 'ejected' : phase),
    paint: (cell, { phase, ejected }) => paint(ejected ? 'red' : PHASES[phase], cell),
  };
  const narrow = [
    right('slot', ({ slot }) => String(slot)),
    right('id', ({ id }) => `w${id}`),
    state,
    right('cpu', ({ sample }) => percent(sample?.cpu)),
    right('elu', ({ sample }) => percent(sample?.elu)),
    right('memory', ({ sample }) => (sample === null ? '-' : formatByteSize(sample.rssBytes))),
    right('requests', ({ id }) => rates.get(id)?.perSecond?.toFixed(0).concat('/s') ?? '-'),
    right('connections', ({ sample }) => String(sample?.connections ?? '-')),
  ];
  if (size.columns < 100) return narrow;
  return [
    ...narrow,
    right('websockets', ({ sample }) => String(sample?.websockets ?? '-')),
    right('in flight', ({ sample }) => String(sample?.inFlight ?? '-')),
    right('loop p99', ({ sample }) => (sample === null ? '-' : `${sample.loopDelayP99Ms.toFixed(0)} ms`)),
    right('growth', (worker) => growth(trendOf(worker))),
    right('to limit', (worker) => untilLimit(trendOf(worker))),
    right('pid', ({ pid }) => String(pid ?? '-')),
    right('uptime', ({ startedAtMs }) => formatDuration(now.atMs - startedAtMs)),
    right('restarts', ({ restarts }) => String(restarts)),
  ];
}

function logLine(atMs: number, source: string, text: string, paint: PaintText): string {
  return `${paint('dim', new Date(atMs).toTimeString().slice(0, 8))} ${paint('cyan', source.padEnd('tidegate'.length))} ${plain(text)}`;
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? '-' : `${Math.round(ratio * 100)} %`;
}

/** What others wrote must not move our cursor. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function fitted(lines: readonly string[], { columns, rows }: Size, paint: PaintText): string[] {
  const fit = lines.slice(0, rows).map((line) => {
    const bare = stripVTControlCharacters(line);
    if (bare.length <= columns) return line;
    // Colours are counted by nobody but the terminal: a painted line is cut by its visible characters.
    return cutPainted(line, columns, paint);
  });
  while (fit.length < rows) fit.push('');
  return fit;
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}

function cutPainted(line: string, columns: number, paint: PaintText): string {
  let visible = 0;
  let result = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with an escape
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b[')) {
      result += part;
      continue;
    }
    const piece = part.slice(0, columns - 1 - visible);
    result += piece;
    visible += piece.length;
    if (visible >= columns - 1) break;
  }
  return paint('bold', '') === '' ? `${result}…` : `${result}…\u001b[0m`;
}
