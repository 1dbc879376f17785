/** What people have set by hand, and for how long it holds, as the control API hands it out. */
import { formatDuration } from '../../config/duration.ts';

interface Pin {
  readonly instances: number;
  /** Null: until a resume. */
  readonly untilMs: number | null;
}

interface Pause {
  readonly by: string;
  readonly reason: string;
}

/** How long the pin of a decision holds that has just been made; undefined when it has none. */
export function holdSentence(record: unknown): string | undefined {
  const { pin, atMs } = Object(record) as { readonly pin?: Pin | null; readonly atMs?: number };
  return pin == null || atMs === undefined ? undefined : `It holds ${howLong(pin, atMs)}.`;
}

/** Pin and pause of `GET /scaling/status`, a sentence each. */
export function manualSentences(scaling: unknown, nowMs: number): readonly string[] {
  const { pin, paused } = Object(scaling) as { readonly pin?: Pin | null; readonly paused?: Pause | null };
  const sentences: string[] = [];
  if (pin != null) {
    sentences.push(`${pin.instances} worker${pin.instances === 1 ? '' : 's'} ${howLong(pin, nowMs)}`);
  }
  if (paused != null) {
    const reason = paused.reason === '' ? '' : ` (${paused.reason})`;
    sentences.push(`paused by ${paused.by}${reason}; tidegate resume ends it`);
  }
  return sentences;
}

function howLong({ untilMs }: Pin, nowMs: number): string {
  if (untilMs === null) return 'until tidegate resume ends it';
  return `for ${formatDuration(untilMs - nowMs)}; tidegate resume ends it earlier`;
}
