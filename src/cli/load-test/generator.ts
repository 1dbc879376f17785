/** Carries a plan out, in this process or in several, and adds up what they count. */
import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Delta, Meter } from './meter.ts';
import { isPlainHttp, runPlainHttp } from './plain-http.ts';
import type { LoadPlan } from './plan.ts';
import { type LoadResult, type Moment, ResultBuilder } from './result.ts';
import { runShare } from './run.ts';

const REPORT_MS = 1_000;
/** Processes need a moment until they listen to what they are told. */
const START_UP_MS = 1_500;

export interface GeneratorOptions {
  readonly onSecond: (moment: Moment, soFar: ResultBuilder['soFar']) => void;
  /** Ends the test before its time; what was counted stays. */
  readonly stop: AbortSignal;
  /** `autocannon` where the plan allows it, unless it is false. */
  readonly mayUseAutocannon: boolean;
}

export async function generate(plan: LoadPlan, options: GeneratorOptions): Promise<LoadResult> {
  const { stop, onSecond } = options;
  const isSingle = plan.processes === 1;
  const startAtMs = Date.now() + (isSingle ? 0 : START_UP_MS);
  const builder = new ResultBuilder(plan, startAtMs);
  const done = new AbortController();
  let take: () => readonly Delta[];
  let running: Promise<void>;
  if (isSingle) {
    const meter = new Meter();
    take = () => [meter.take()];
    running =
      options.mayUseAutocannon && isPlainHttp(plan)
        ? runPlainHttp(plan, meter, stop)
        : runShare({ plan, part: 0, parts: 1, startAtMs }, meter, stop);
  } else {
    const parts = new Parts(plan, startAtMs, stop);
    take = () => parts.take();
    running = parts.ended;
  }
  const finished = running.finally(() => done.abort());
  // Looked at below; until then a failure is not unhandled.
  finished.catch(() => undefined);
  await delay(Math.max(0, startAtMs - Date.now()));
  while (!done.signal.aborted) {
    await delay(REPORT_MS, undefined, { signal: done.signal }).catch(() => undefined);
    onSecond(builder.add(take(), Date.now()), builder.soFar);
  }
  await finished;
  return builder.result(Date.now());
}

const NOTHING: Delta = new Meter().take();

/** Processes that each carry out a share. */
class Parts {
  readonly ended: Promise<void>;
  #deltas: Delta[] = [];
  /** What each said last of how things are, for a second in which it said nothing. */
  readonly #latest = new Map<number, Delta>();

  constructor(plan: LoadPlan, startAtMs: number, stop: AbortSignal) {
    const file = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './part.ts' : './part.js', import.meta.url));
    const children = Array.from({ length: plan.processes }, (_, part) => {
      const child = fork(file, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      child.send({ plan, part, parts: plan.processes, startAtMs });
      return this.#follow(child, part);
    });
    stop.addEventListener('abort', () => {
      for (const { child } of children) child.kill('SIGTERM');
    });
    this.ended = Promise.all(children.map(({ ended }) => ended)).then(() => undefined);
  }

  take(): readonly Delta[] {
    const deltas = this.#deltas.map((delta) => ({ ...delta, users: 0, sockets: 0, waiting: 0 }));
    this.#deltas = [];
    // Reports come when they come: two of one process in a second, or none. What is now is what each said last.
    const now = [...this.#latest.values()].map(({ users, sockets, waiting }) => ({
      ...NOTHING,
      users,
      sockets,
      waiting,
    }));
    return [...deltas, ...now];
  }

  #follow(child: ChildProcess, part: number): { readonly child: ChildProcess; readonly ended: Promise<void> } {
    const ended = new Promise<void>((resolve, reject) => {
      let failure: string | null = 'it ended before its time';
      child.on(
        'message',
        (message: { readonly delta?: Delta; readonly done?: true; readonly error?: string | null }) => {
          if (message.delta !== undefined) this.#add(part, message.delta);
          if (message.done === true) failure = message.error ?? null;
        },
      );
      child.once('error', reject);
      child.once('exit', () => {
        if (failure === null) resolve();
        else reject(new Error(`a process of the load test failed: ${failure}`));
      });
    });
    return { child, ended };
  }

  #add(part: number, delta: Delta): void {
    this.#latest.set(part, delta);
    this.#deltas.push(delta);
  }
}
