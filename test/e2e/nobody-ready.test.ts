import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { answerOf } from '../helpers/answer.ts';
import { fixture, Runtime } from '../helpers/runtime.ts';

describe('a runtime without a worker that is ready', function () {
  this.timeout(30_000);
  let runtime: Runtime;
  afterEach(() => runtime.kill());

  /** The only worker dies, and there is none for a while. */
  async function killWorker(): Promise<void> {
    const [worker] = await runtime.ready();
    process.kill(Number(worker?.pid), 'SIGKILL');
    await runtime.waitForLog(/^worker 1 ended/);
  }

  it('keeps its sockets in a reload: clients wait, and are answered', async () => {
    runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '1'], env: { RESTART_BACKOFF_MS: '500' } });
    await killWorker();
    expect((await runtime.reload()).at(-1)).to.include({ outcome: 'done', replaced: 0 });
    expect(await answerOf(runtime.url)).to.equal(200);
  });

  it('goes on trying when descriptors have run out, and says so', async function () {
    const prlimit = (pid: number, descriptors: number): boolean =>
      spawnSync('prlimit', ['--pid', String(pid), `--nofile=${descriptors}:`]).status === 0;
    runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '1'], env: { RESTART_BACKOFF_MS: '200' } });
    const pid = Number(runtime.process.pid);
    const taken = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
    let lowestFree = 0;
    while (taken.has(lowestFree)) lowestFree += 1;
    if (!prlimit(pid, lowestFree + 3)) this.skip(); // no prlimit of util-linux, or no right to use it
    const [worker] = await runtime.ready();
    process.kill(Number(worker?.pid), 'SIGKILL');
    await runtime.waitForLog(/^worker 2: spawn .* EMFILE$/);
    await runtime.waitForLog('worker 2 ended: its process could not be started');
    prlimit(pid, 1024);
    await runtime.waitForWorkers(1);
    expect(runtime.logs.filter(({ message }) => String(message).startsWith('internal error'))).to.deep.equal([]);
    expect(await answerOf(runtime.url)).to.equal(200);
  });
});
