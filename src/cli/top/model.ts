/** What `tidegate top` knows and shows; how keys and answers change it. Pure. */
import type { ClusterStatus, LogLine, WorkerStatus } from '../../ipc/status.ts';

const SORTS = ['slot', 'cpu', 'memory', 'requests', 'connections'] as const;
export type Sort = (typeof SORTS)[number];

export type View = 'workers' | 'explain' | 'logs' | 'help';

/** A question at the bottom line: a number to type, or yes and no. */
export type Prompt = { readonly kind: 'scale'; readonly typed: string } | { readonly kind: 'reload' };

/** A worker's memory over time, as the control API judges it. */
export interface MemoryTrend {
  readonly id: number;
  readonly bytesPerHour: number | null;
  /** Until it reaches its limit at this pace; null: it does not, or there is none. */
  readonly limitInMs: number | null;
}

export interface Snapshot {
  readonly atMs: number;
  readonly status: ClusterStatus;
  readonly decision: string | null;
  readonly trends: readonly MemoryTrend[];
}

/** A worker's count at its last report, and what it was between that and the one before; null until there were two. */
export interface WorkerRate {
  readonly atMs: number;
  readonly completed: number;
  readonly perSecond: number | null;
}

export interface TopModel {
  readonly label: string;
  readonly snapshot: Snapshot | null;
  /** Requests per second by worker, between its last two reports. */
  readonly rates: ReadonlyMap<number, WorkerRate>;
  readonly sort: Sort;
  readonly view: View;
  readonly prompt: Prompt | null;
  /** What was done last, or went wrong. */
  readonly notice: { readonly text: string; readonly isBad: boolean } | null;
  readonly explanation: readonly string[];
  readonly logs: readonly LogLine[];
  /** First row shown, for more workers than rows. */
  readonly scrolled: number;
}

export const START: Omit<TopModel, 'label'> = {
  snapshot: null,
  rates: new Map(),
  sort: 'slot',
  view: 'workers',
  prompt: null,
  notice: null,
  explanation: [],
  logs: [],
  scrolled: 0,
};

/** What a key asks the program to do beside changing the picture. */
export type Wish =
  | { readonly kind: 'quit' }
  | { readonly kind: 'scale'; readonly instances: number }
  | { readonly kind: 'reload' }
  | { readonly kind: 'explain' }
  | { readonly kind: 'logs' };

export interface Pressed {
  readonly model: TopModel;
  readonly wish?: Wish;
}

/** What a key does. @param key as the terminal sends it */
export function press(model: TopModel, key: string): Pressed {
  if (key === '\u0003') return { model, wish: { kind: 'quit' } };
  if (model.prompt !== null) return answerPrompt(model, model.prompt, key);
  switch (key) {
    case 'q':
      return model.view === 'workers' ? { model, wish: { kind: 'quit' } } : { model: { ...model, view: 'workers' } };
    case '\u001b':
      return { model: { ...model, view: 'workers', notice: null } };
    case 'h':
    case '?':
      return { model: { ...model, view: model.view === 'help' ? 'workers' : 'help' } };
    case 'e':
      return { model: { ...model, view: 'explain' }, wish: { kind: 'explain' } };
    case 'l':
      return { model: { ...model, view: 'logs' }, wish: { kind: 'logs' } };
    case 's':
      return { model: { ...model, sort: SORTS[(SORTS.indexOf(model.sort) + 1) % SORTS.length] as Sort, scrolled: 0 } };
    case 'c':
      return { model: { ...model, prompt: { kind: 'scale', typed: '' }, notice: null } };
    case '+':
    case '-':
      return scaleBy(model, key === '+' ? 1 : -1);
    case 'r':
      return { model: { ...model, prompt: { kind: 'reload' }, notice: null } };
    case '\u001b[A':
    case 'k':
      return { model: { ...model, scrolled: Math.max(0, model.scrolled - 1) } };
    case '\u001b[B':
    case 'j':
      return { model: { ...model, scrolled: Math.min(lastWorker(model), model.scrolled + 1) } };
    default:
      return { model };
  }
}

/** New figures. */
export function observed(model: TopModel, snapshot: Snapshot): TopModel {
  const notice = model.notice?.isBad === true && model.notice.text.startsWith('No answer') ? null : model.notice;
  return { ...model, rates: ratesOf(snapshot, model.rates), snapshot, notice };
}

/** What was decided last, told between two looks. */
export function decided(model: TopModel, decision: string): TopModel {
  return model.snapshot === null ? model : { ...model, snapshot: { ...model.snapshot, decision } };
}

/** Snapshots come more often than a worker reports: one that has not reported since keeps its rate. */
function ratesOf({ status, atMs }: Snapshot, before: TopModel['rates']): TopModel['rates'] {
  const rates = status.workers.flatMap(({ id, sample, sampleAtMs }): [number, WorkerRate][] => {
    if (sample === null) return [];
    const known = before.get(id);
    const reportedAtMs = sampleAtMs ?? atMs;
    if (known !== undefined && reportedAtMs <= known.atMs) return [[id, known]];
    const completed = sample.totals.requestsCompleted;
    const seconds = known === undefined ? 0 : (reportedAtMs - known.atMs) / 1000;
    const perSecond = known === undefined ? null : Math.max(0, completed - known.completed) / seconds;
    return [[id, { atMs: reportedAtMs, completed, perSecond }]];
  });
  return new Map(rates);
}

/** Workers in the order that is asked for, the highest figure first. */
export function sortedWorkers({ snapshot, rates, sort }: TopModel): readonly WorkerStatus[] {
  const workers = [...(snapshot?.status.workers ?? [])];
  const figure: Record<Sort, (worker: WorkerStatus) => number> = {
    slot: ({ slot }) => -slot,
    cpu: ({ sample }) => sample?.cpu ?? -1,
    memory: ({ sample }) => sample?.rssBytes ?? -1,
    requests: ({ id }) => rates.get(id)?.perSecond ?? -1,
    connections: ({ sample }) => sample?.connections ?? -1,
  };
  return workers.sort((a, b) => figure[sort](b) - figure[sort](a) || a.slot - b.slot || a.id - b.id);
}

function answerPrompt(model: TopModel, prompt: Prompt, key: string): Pressed {
  const done = { ...model, prompt: null };
  if (key === '\u001b' || key === 'q') return { model: done };
  if (prompt.kind === 'reload') {
    return key === 'y' ? { model: done, wish: { kind: 'reload' } } : { model: done };
  }
  const { typed } = prompt;
  if (/^\d$/.test(key) && typed.length < 4) return { model: { ...model, prompt: { ...prompt, typed: typed + key } } };
  if (key === '\u007f' || key === '\b')
    return { model: { ...model, prompt: { ...prompt, typed: typed.slice(0, -1) } } };
  if (key !== '\r' && key !== '\n') return { model };
  const instances = Number(typed);
  return instances >= 1 ? { model: done, wish: { kind: 'scale', instances } } : { model: done };
}

function scaleBy(model: TopModel, change: number): Pressed {
  const { snapshot } = model;
  if (snapshot === null) return { model };
  const instances = snapshot.status.desired + change;
  if (instances >= 1) return { model, wish: { kind: 'scale', instances } };
  return { model: { ...model, notice: { text: 'One worker is the least', isBad: true } } };
}

function lastWorker({ snapshot }: TopModel): number {
  return Math.max(0, (snapshot?.status.workers.length ?? 0) - 1);
}
