import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

const WORKERS = 16;
const SCRAPES = 60;

/** CPU time of a process so far, in milliseconds; the kernel counts in steps of 10. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

describe('scrapes of a large cluster (needs Linux)', function () {
  this.timeout(150_000);
  let runtime: Runtime | undefined;

  before(async function () {
    if (process.platform !== 'linux') return this.skip();
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', String(WORKERS)],
      env: { AUTO_SCALING_ENABLED: 'false', MAX_INSTANCES: String(WORKERS), HUNG_TIMEOUT_MS: '60000' },
    });
    await runtime.waitForWorkers(WORKERS, 90_000);
    for (let request = 0; request < 200; request += 1) {
      await (await fetch(`${runtime.url}/${request}`, { headers: { connection: 'close' } })).text();
    }
  });

  after(() => runtime?.kill());

  async function scrape(): Promise<string> {
    return (await fetch(`${runtime?.controlUrl}/metrics`)).text();
  }

  it('cost the primary at most 20 ms of CPU each', async () => {
    const pid = Number(runtime?.process.pid);
    // Warm, and with the figures of devices that are read every 15 s.
    for (let warm = 0; warm < 20; warm += 1) await scrape();
    const startedAtMs = performance.now();
    const before = cpuMs(pid);
    for (let scraped = 0; scraped < SCRAPES; scraped += 1) await scrape();
    const tookMs = performance.now() - startedAtMs;
    const after = cpuMs(pid);
    // What it does beside scrapes in the same time.
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    const idleMs = cpuMs(pid) - after;
    const eachMs = (after - before - idleMs) / SCRAPES;
    console.log(`      ${eachMs.toFixed(2)} ms of CPU for a scrape; ${idleMs} ms beside in ${Math.round(tookMs)} ms`);
    expect(eachMs).to.be.below(20);
  });

  it('are not delayed by a worker that hangs, and mark it missing', async () => {
    const [worker] = (await runtime?.ready()) ?? [];
    process.kill(Number(worker?.pid), 'SIGSTOP');
    try {
      await until('the mark', async () => {
        const startedAtMs = performance.now();
        const page = await scrape();
        expect(performance.now() - startedAtMs, 'a scrape').to.be.below(1_000);
        return page.includes(`tidegate_worker_missing{worker="${worker?.slot}"} 1`);
      });
    } finally {
      process.kill(Number(worker?.pid), 'SIGCONT');
    }
    await until('it reports again', async () =>
      (await scrape()).includes(`tidegate_worker_missing{worker="${worker?.slot}"} 0`),
    );
  });
});
