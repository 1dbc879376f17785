import { expect } from 'chai';
import { CHAOS_ACTIONS, Chaos, GENTLE_ACTIONS } from '../helpers/chaos.ts';
import { Load, type LoadClient } from '../helpers/load.ts';
import { keepAlive, perRequest, pipelining } from '../helpers/load-clients.ts';
import { eventStreams, halfHeads, lateSpeakers, slowReaders } from '../helpers/odd-clients.ts';
import { openDescriptors, processesOf } from '../helpers/processes.ts';
import { until } from '../helpers/runtime.ts';
import { SeededRandom } from '../helpers/seeded-random.ts';
import { ACCEPT_MODES, expectNothingLost, expectReceiptsAddUp, startQuiet } from '../helpers/zero-loss.ts';

/** CHAOS_SEED repeats a run; CHAOS_SECONDS makes it longer. */
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const RAGE_MS = 1_000 * Number(process.env.CHAOS_SECONDS ?? 25);
const STRANDED_MS = 2_000;
/** Descriptors that come and go by themselves: control connections, timers, a log. */
const DESCRIPTOR_SLACK = 12;

function everyKind(): LoadClient[] {
  return [
    ...keepAlive({ connections: 16 }),
    ...perRequest({ clients: 6, maxThinkMs: 20 }),
    ...pipelining({ connections: 6, depth: 6 }),
    ...slowReaders({ path: '/big', readers: 1, mib: 50, overMs: 3_000 }),
    ...slowReaders({ path: '/whole', readers: 1, mib: 50, overMs: 3_000 }),
    ...halfHeads({ connections: 6, pauseMs: 300 }),
    ...eventStreams({ connections: 4, streamMs: 1_200 }),
    ...lateSpeakers({ connections: 8, silentMs: 500 }),
  ];
}

describe(`clients of every kind in random changes (CHAOS_SEED=${SEED})`, function () {
  this.timeout(RAGE_MS + 120_000);

  for (const { mode, algorithm } of ACCEPT_MODES) {
    for (const [name, actions] of [
      ['lose nothing', GENTLE_ACTIONS],
      ['lose only what a killed worker had', CHAOS_ACTIONS],
    ] as const) {
      it(`${name} under ${mode}`, async () => {
        const runtime = await startQuiet('slow.cjs', { algorithm });
        const before = openDescriptors(Number(runtime.process.pid));
        const chaos = new Chaos(runtime, new SeededRandom(SEED), 2);
        const load = new Load(runtime, everyKind(), SEED);
        const { tally } = load;
        try {
          await until('100 responses', () => tally.responses >= 100, 20_000);
          await chaos.rage(RAGE_MS, actions);
          await load.stop();

          const story = `${String(tally)}\n${String(chaos)}`;
          if (actions === GENTLE_ACTIONS) expectNothingLost(tally);
          for (const loss of tally.losses) {
            const since = chaos.killsAtMs.map((killedAtMs) => loss.lostAtMs - killedAtMs);
            expect(loss.code, story).to.be.oneOf(['ECONNRESET', 'END', 'EPIPE']);
            expect(
              since.some((ms) => ms >= 0 && ms < STRANDED_MS),
              `${JSON.stringify(loss)}\n${story}`,
            ).to.equal(true);
          }
          expectReceiptsAddUp((await runtime.status()).receipts);
          const { body } = await runtime.api<{ parked: number; shed: number }>('GET', '/loadbalancer/status');
          expect({ parked: body.parked, shed: body.shed }, story).to.deep.equal({ parked: 0, shed: 0 });
          // Four workers hold more channels than two.
          await until('the descriptors of connections closed', () => {
            const now = openDescriptors(Number(runtime.process.pid));
            return Number.isNaN(now) || now <= before + DESCRIPTOR_SLACK + 10 * Math.max(0, chaos.desired - 2);
          });
        } finally {
          await load.stop();
          await runtime.stop();
        }
        expect(processesOf(runtime.directory), 'processes left').to.deep.equal([]);
      });
    }
  }
});
