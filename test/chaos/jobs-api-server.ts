/** A small HTTP API that also does CPU-heavy jobs, in a thread or, for comparison, on its own. Tells its port; SIGTERM ends it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { LocalState } from '../../src/scaling/state/embedded/local-state.ts';
import { jobBoardModule } from '../../src/scaling/state/jobs/embedded/job-board-module.ts';
import { jobs } from '../../src/scaling/state/jobs/index.ts';
import type { ThreadTask } from '../integration/state/jobs-thread-handler.ts';

const SPIN_MS = 250;
/** As many heavy jobs at a time as there are processors: with one left free, nobody would notice them anyway. */
const HEAVY = os.availableParallelism();
const handler = new URL('../integration/state/jobs-thread-handler.js', import.meta.url);

const store = new LocalState({ memoryLimitBytes: 16 * 1024 * 1024, modules: [jobBoardModule] });
const queue = jobs<ThreadTask>({ driver: 'embedded', store: async () => store }, 'heavy');
queue.process(handler, { concurrency: HEAVY, isolate: process.argv[2] === 'none' ? 'none' : 'thread' });

/** One heavy job after the other while this is true. */
let heavy = false;

async function keepBusy(): Promise<void> {
  while (heavy) {
    const job = await queue.add({ kind: 'spin', ms: SPIN_MS });
    await job.waitUntilFinished({ timeoutMs: 30_000 });
    // Else, with the job on this thread, no request would come through at all.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const server = createServer((request, response) => {
  if (request.url === '/heavy' || request.url === '/light') {
    const before = heavy;
    heavy = request.url === '/heavy';
    if (heavy && !before) for (let job = 0; job < HEAVY; job += 1) void keepBusy();
  }
  const rows = Array.from({ length: 50 }, (_, id) => ({ id, name: `row ${id}` }));
  response.setHeader('content-type', 'application/json').end(JSON.stringify(rows));
});

server.listen(0, '127.0.0.1', () => console.log(`listening on ${(server.address() as AddressInfo).port}`));
