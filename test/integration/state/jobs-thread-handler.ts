/** A handler for threads: does what its data says. */
import { readFileSync } from 'node:fs';
import { isMainThread, threadId } from 'node:worker_threads';
import { PermanentJobError } from '../../../src/scaling/state/jobs/errors.ts';
import type { ActiveJob } from '../../../src/scaling/state/jobs/index.ts';

export type ThreadTask =
  | { readonly kind: 'where' }
  | { readonly kind: 'progress'; readonly steps: number }
  | { readonly kind: 'fail'; readonly permanent: boolean }
  | { readonly kind: 'spin'; readonly ms: number }
  | { readonly kind: 'exit' };

export interface Where {
  readonly isMainThread: boolean;
  readonly threadId: number;
  readonly niceness: number;
  readonly token: number;
}

export default async function handle({ data, token, progress }: ActiveJob<ThreadTask>): Promise<Where | number> {
  switch (data.kind) {
    case 'where':
      return { isMainThread, threadId, niceness: niceness(), token };
    case 'progress':
      for (let step = 1; step <= data.steps; step += 1) progress(step);
      return data.steps;
    case 'fail':
      throw data.permanent ? new PermanentJobError('never') : new Error('not this time');
    case 'spin': {
      const endMs = performance.now() + data.ms;
      let turns = 0;
      while (performance.now() < endMs) turns += 1;
      return turns;
    }
    case 'exit':
      process.exit(3);
  }
}

/** Of the calling thread, as the kernel has it: the 19th field, the 17th after the name. */
function niceness(): number {
  const stat = readFileSync('/proc/thread-self/stat', 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
}
