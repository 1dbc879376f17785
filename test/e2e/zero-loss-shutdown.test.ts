import { connect } from 'node:net';
import { expect } from 'chai';
import { Load, type LoadClient } from '../helpers/load.ts';
import { exchangeAll, identity, keepAlive, onConnections, perRequest } from '../helpers/load-clients.ts';
import { eventStreams, halfHeads } from '../helpers/odd-clients.ts';
import { isAlive, processesOf } from '../helpers/processes.ts';
import { until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, startQuiet } from '../helpers/zero-loss.ts';

/** Requests that take long enough to be in flight whenever the signal comes. */
function slowRequests(connections: number): LoadClient[] {
  return Array.from(
    { length: connections },
    (): LoadClient => (context) =>
      onConnections(context, (connection, served) =>
        exchangeAll(context, connection, [identity(`/sleep?ms=${context.random.integer(300, 900)}`)], served),
      ),
  );
}

for (const { mode, algorithm } of ACCEPT_MODES) {
  it(`SIGTERM in the middle of a reload under ${mode}: the same, and the reload is given up`, async function () {
    this.timeout(60_000);
    const runtime = await startQuiet('slow.cjs', { algorithm, workers: 3, env: { CANARY_MS: '0' } });
    const load = new Load(runtime, [...keepAlive({ connections: 24 }), ...perRequest({ clients: 8 })]);
    let signalAtMs: number;
    try {
      await until('300 responses', () => load.tally.responses >= 300, 20_000);
      const reload = runtime.reload().catch(() => {}); // its connection ends with the control API
      await runtime.waitForLog(/leaves \(reload\)/);
      signalAtMs = Date.now();
      runtime.process.kill('SIGTERM');
      expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
      await reload;
    } finally {
      await load.stop();
      await runtime.kill();
    }
    const lost = load.tally.losses.filter((loss) => loss.connectedAtMs < signalAtMs);
    expect(lost, String(load.tally)).to.deep.equal([]);
    expect(processesOf(runtime.directory), 'processes left').to.deep.equal([]);
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`${signal} under ${mode}: every request on a connection made before it is answered, nothing is left`, async function () {
      this.timeout(60_000);
      const runtime = await startQuiet('slow.cjs', { algorithm });
      const pids = (await runtime.ready()).map((worker) => Number(worker.pid));
      const load = new Load(runtime, [
        ...keepAlive({ connections: 16 }),
        ...perRequest({ clients: 8 }),
        ...slowRequests(8),
        ...eventStreams({ connections: 4, streamMs: 700 }),
        ...halfHeads({ connections: 4, pauseMs: 200 }),
      ]);
      let signalAtMs: number;
      try {
        await until('300 responses', () => load.tally.responses >= 300, 20_000);
        signalAtMs = Date.now();
        runtime.process.kill(signal);
        expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
      } finally {
        await load.stop();
        await runtime.kill();
      }

      const lost = load.tally.losses.filter((loss) => loss.connectedAtMs < signalAtMs);
      expect(lost, String(load.tally)).to.deep.equal([]);
      expect(load.tally.announcedCloses, 'connections ended with Connection: close').to.be.greaterThan(0);
      for (const pid of pids) expect(isAlive(pid), `worker ${pid}`).to.equal(false);
      expect(processesOf(runtime.directory), 'processes left').to.deep.equal([]);
      const refused = await new Promise<string | undefined>((resolve) => {
        connect(runtime.port, '127.0.0.1').on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
      expect(refused).to.equal('ECONNREFUSED');
    });
  }
}
