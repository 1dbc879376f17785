/** `GET /alerts` as a person reads it. */
import { formatDuration } from '../../config/duration.ts';
import { type Column, tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

interface AlertView {
  readonly key: string;
  readonly state: string;
  readonly severity: string;
  readonly sentence: string;
  readonly startedAtMs: number;
  readonly silencedBy?: string;
}

interface SilenceView {
  readonly id: string;
  readonly key: string;
  readonly reason: string;
  readonly by: string;
  readonly endsAtMs: number;
}

interface ChannelView {
  readonly name: string;
  readonly waiting: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dropped: number;
  readonly lastError: string | null;
}

interface AlertsAnswer {
  readonly active?: readonly AlertView[];
  readonly silences?: readonly SilenceView[];
  readonly channels?: readonly ChannelView[];
  readonly detail?: string;
}

/** The lines to print. */
export function alertLines(answer: unknown, terminal: Terminal, nowMs: number): string[] {
  const { active = [], silences = [], channels = [], detail } = answer as AlertsAnswer;
  if (detail !== undefined) return [detail];
  const paintTitle = (title: string): string => terminal.paint('dim', title);
  const lines =
    active.length === 0 ? ['Nothing fires.'] : tableLines(alertColumns(terminal, nowMs), active, paintTitle);
  if (silences.length > 0) lines.push('', ...tableLines(silenceColumns(nowMs), silences, paintTitle));
  if (channels.length > 0) lines.push('', ...tableLines(CHANNEL_COLUMNS, channels, paintTitle));
  return lines;
}

function alertColumns(terminal: Terminal, nowMs: number): readonly Column<AlertView>[] {
  return [
    {
      title: 'severity',
      align: 'left',
      text: ({ severity }) => severity,
      paint: (cell, { severity }) => terminal.paint(severity === 'critical' ? 'red' : 'yellow', cell),
    },
    { title: 'alert', align: 'left', text: ({ key }) => key },
    { title: 'for', align: 'right', text: ({ startedAtMs }) => formatDuration(nowMs - startedAtMs) },
    {
      title: 'finding',
      align: 'left',
      text: ({ sentence, silencedBy }) =>
        silencedBy === undefined ? sentence : `${sentence} (silenced: ${silencedBy})`,
    },
  ];
}

function silenceColumns(nowMs: number): readonly Column<SilenceView>[] {
  return [
    { title: 'silence', align: 'left', text: ({ id }) => id },
    { title: 'alerts', align: 'left', text: ({ key }) => key },
    { title: 'left', align: 'right', text: ({ endsAtMs }) => formatDuration(endsAtMs - nowMs) },
    { title: 'by', align: 'left', text: ({ by }) => by },
    { title: 'reason', align: 'left', text: ({ reason }) => reason },
  ];
}

const CHANNEL_COLUMNS: readonly Column<ChannelView>[] = [
  { title: 'channel', align: 'left', text: ({ name }) => name },
  { title: 'delivered', align: 'right', text: ({ delivered }) => String(delivered) },
  { title: 'waiting', align: 'right', text: ({ waiting }) => String(waiting) },
  { title: 'failed', align: 'right', text: ({ failed, dropped }) => String(failed + dropped) },
  { title: 'last error', align: 'left', text: ({ lastError }) => lastError ?? '-' },
];
