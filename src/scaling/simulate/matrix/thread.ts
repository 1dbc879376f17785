/** A thread of the matrix: runs the jobs it is sent, one at a time. */
import { parentPort } from 'node:worker_threads';
import type { Job } from './job.ts';
import type { ThreadReply } from './pool.ts';
import { runJob } from './run-job.ts';

parentPort?.on('message', ({ index, job }: { readonly index: number; readonly job: Job }) => {
  parentPort?.postMessage(reply(index, job));
});

function reply(index: number, job: Job): ThreadReply {
  try {
    return { index, result: runJob(job) };
  } catch (error) {
    return { index, failure: error instanceof Error ? error.message : String(error) };
  }
}
