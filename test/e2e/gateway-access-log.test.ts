import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Runtime, until } from '../helpers/runtime.ts';
import { startQuiet } from '../helpers/zero-loss.ts';

describe('LB_ACCESS_LOG', function () {
  this.timeout(30_000);
  const directory = mkdtempSync(path.join(tmpdir(), 'tidegate-access-'));
  let runtime: Runtime;

  after(async () => {
    await runtime.stop();
    rmSync(directory, { recursive: true });
  });

  it('gets a line for each request, from every gateway process', async () => {
    const file = path.join(directory, 'access.log');
    runtime = await startQuiet('client-view.cjs', {
      algorithm: 'least-connections',
      env: { LB_MODE: 'http', LB_ACCESS_LOG: file, GATEWAY_PROCESSES: '2' },
    });
    for (let number = 0; number < 10; number++) {
      await (await fetch(`http://127.0.0.1:${runtime.port}/n${number}?q`, { headers: { connection: 'close' } })).text();
    }
    const lines = (): string[] => readFileSync(file, 'utf8').trim().split('\n');
    await until('all are written', () => lines().length >= 10);
    const entries = lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map(({ target }) => target).sort()).to.deep.equal(
      Array.from({ length: 10 }, (_, number) => `/n${number}?q`),
    );
    for (const entry of entries) {
      expect(entry).to.include({ method: 'GET', client: '127.0.0.1', status: 200, retries: 0, termination: '--' });
      expect(entry.upstream).to.match(/^worker-\d+$/);
      expect(entry.totalMs).to.be.at.least(entry.responseMs as number);
    }
  });
});
