import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Job, JobResult } from './job.ts';
import { runJob } from './run-job.ts';

/** The thread's entry beside this file, built or as a source. */
const THREAD = new URL(`./thread${path.extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** What a thread answers to a job. */
export type ThreadReply =
  | { readonly index: number; readonly result: JobResult }
  | { readonly index: number; readonly failure: string };

/** A job that could not be run. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  readonly code = 'SIMULATION_FAILED';
}

/**
 * Runs jobs on several threads. Results come in the order of the jobs, whichever thread is faster.
 * @param threads 1 runs them here, without a thread
 * @param onDone called after each job
 * @throws {SimulationError} when a job fails
 */
export async function runJobs(
  jobs: readonly Job[],
  threads: number,
  onDone: () => void,
): Promise<readonly JobResult[]> {
  if (threads <= 1) {
    const results: JobResult[] = [];
    for (const job of jobs) {
      results.push(runJob(job));
      onDone();
      // A progress bar must get its turn.
      await new Promise(setImmediate);
    }
    return results;
  }
  const results = new Array<JobResult>(jobs.length);
  let next = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(THREAD);
      const give = (): void => {
        const index = next;
        next += 1;
        if (index >= jobs.length) void thread.terminate().then(() => resolve(), reject);
        else thread.postMessage({ index, job: jobs[index] });
      };
      thread.on('message', (reply: ThreadReply) => {
        if ('failure' in reply) {
          next = jobs.length;
          void thread.terminate();
          reject(new SimulationError(reply.failure));
          return;
        }
        results[reply.index] = reply.result;
        onDone();
        give();
      });
      thread.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: Math.min(threads, Math.max(1, jobs.length)) }, work));
  return results;
}
