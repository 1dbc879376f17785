import { connect } from 'node:net';
import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAlive } from '../helpers/load-clients.ts';
import { isAlive } from '../helpers/processes.ts';
import { until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, startQuiet } from '../helpers/zero-loss.ts';

const SURVIVAL_MS = 2_000;

for (const { mode, algorithm } of ACCEPT_MODES) {
  it(`no worker survives a SIGKILL of the primary by 2 s under ${mode}, not even a blocked one`, async function () {
    this.timeout(60_000);
    const runtime = await startQuiet('slow.cjs', { algorithm, workers: 3 });
    const load = new Load(runtime, keepAlive({ connections: 12 }));
    const blocker = connect(runtime.port, '127.0.0.1').on('error', () => {});
    try {
      await until('100 responses', () => load.tally.responses >= 100, 20_000);
      const pids = (await runtime.ready()).map((worker) => Number(worker.pid));
      expect(pids).to.have.lengthOf(3);
      blocker.write('GET /block?ms=60000 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const blockedAtMs = Date.now();
      await until('a blocked worker', async () => {
        // Reports come once a second.
        const { workers } = await runtime.status();
        return (
          Date.now() - blockedAtMs > 1_000 && workers.some(({ sampleAtMs }) => Date.now() - Number(sampleAtMs) > 1_600)
        );
      });
      const killedAtMs = Date.now();
      await runtime.kill();
      await until('the end of all workers', () => pids.every((pid) => !isAlive(pid)), SURVIVAL_MS);
      expect(Date.now() - killedAtMs).to.be.lessThan(SURVIVAL_MS);
    } finally {
      blocker.destroy();
      await load.stop();
      await runtime.kill();
    }
  });
}
