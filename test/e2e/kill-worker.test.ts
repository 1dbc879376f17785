import { expect } from 'chai';
import { Load } from '../helpers/load.ts';
import { keepAlive, perRequest } from '../helpers/load-clients.ts';
import type { Loss } from '../helpers/load-tally.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, startQuiet } from '../helpers/zero-loss.ts';

const RESET_WITHIN_MS = 2_000;
const READY_WITHIN_MS = 1_000;

function describeLosses(losses: readonly Loss[]): string {
  return losses
    .map(({ code, pid, sentAtMs, lostAtMs }) => `${code} of ${pid} after ${lostAtMs - sentAtMs} ms`)
    .join('\n');
}

for (const { mode, algorithm } of ACCEPT_MODES) {
  describe(`SIGKILL to a worker under ${mode}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;

    beforeEach(async () => {
      // Without rebalancing a connection stays with the worker that answered on it last.
      runtime = await startQuiet('slow.cjs', { algorithm, workers: 3, env: { LOAD_BALANCER_ENABLED: 'false' } });
    });
    afterEach(() => runtime.stop());

    /** Kills the oldest worker under load, waits for its successor, and some more responses. */
    async function killUnder(
      load: Load,
    ): Promise<{ pid: number; killedAtMs: number; readyAfterMs: number; startMs: number }> {
      await until('300 responses', () => load.tally.responses >= 300, 20_000);
      // The busier one: by chance the other may have no connection yet.
      const served = (worker: { pid: number | null }): number => load.tally.workers.get(Number(worker.pid)) ?? 0;
      const before = [...(await runtime.ready())].sort((left, right) => served(right) - served(left));
      const pid = Number(before[0]?.pid);
      // A worker that lived for less than a second is a failed start, which waits for its back-off.
      await until('an old enough worker', () => Date.now() - Number(before[0]?.readyAtMs) > 1_500);
      const killedAtMs = Date.now();
      process.kill(pid, 'SIGKILL');
      const fresh = await until('a new worker', async () => {
        const ready = await runtime.ready();
        return ready.find((worker) => worker.startedAtMs >= killedAtMs - 50);
      });
      const more = load.tally.responses + 300;
      await until('300 more responses', () => load.tally.responses >= more, 20_000);
      const readyAtMs = Number(fresh.readyAtMs);
      return { pid, killedAtMs, readyAfterMs: readyAtMs - killedAtMs, startMs: readyAtMs - fresh.startedAtMs };
    }

    it('ends only the keep-alive connections of that worker, at once, and a new one is soon ready', async () => {
      const load = new Load(runtime, keepAlive({ connections: 30 }));
      const { pid, killedAtMs, readyAfterMs, startMs } = await killUnder(load);
      const tally = await load.stop();

      expect(tally.workers.get(pid), 'responses of the killed worker').to.be.greaterThan(0);
      for (const loss of tally.losses) {
        expect(loss.pid, describeLosses(tally.losses)).to.equal(pid);
        expect(loss.lostAtMs - killedAtMs, describeLosses(tally.losses)).to.be.lessThan(RESET_WITHIN_MS);
      }
      expect(tally.unannouncedCloses).to.be.within(1, 29);
      expect(tally.connects).to.equal(30 + tally.unannouncedCloses);
      expect(tally.responses + tally.losses.length).to.equal(tally.requests);
      expect(readyAfterMs - startMs, `ready after ${readyAfterMs} ms`).to.be.lessThan(READY_WITHIN_MS);
    });

    it('strands no connection: each request is answered, or its connection reset', async () => {
      const load = new Load(runtime, perRequest({ clients: 24, maxThinkMs: 5 }));
      const { killedAtMs } = await killUnder(load);
      const tally = await load.stop();

      // At most what was under way there.
      expect(tally.losses.length, describeLosses(tally.losses)).to.be.lessThan(24);
      for (const loss of tally.losses) {
        expect(loss.code, describeLosses(tally.losses)).to.be.oneOf(['ECONNRESET', 'END', 'EPIPE']);
        expect(loss.lostAtMs - killedAtMs, describeLosses(tally.losses)).to.be.lessThan(RESET_WITHIN_MS);
      }
      expect(tally.slowestMs, String(tally)).to.be.lessThan(RESET_WITHIN_MS);
      expect(tally.responses + tally.losses.length).to.equal(tally.requests);
    });
  });
}
