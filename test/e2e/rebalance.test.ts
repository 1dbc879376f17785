import { expect } from 'chai';
import { Load, type LoadClient } from '../helpers/load.ts';
import { exchangeAll, identity, onConnections } from '../helpers/load-clients.ts';
import { until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, expectNothingLost, startQuiet } from '../helpers/zero-loss.ts';

const CONNECTIONS = 64;
const WINDOW_RESPONSES = 4_000;
/** Of its fair share. The goal is 0.8, measured with a generator that has a core of its own; here all share two cores. */
const MIN_SHARE = 0.5;

/** Connections that send their next request as soon as they have the answer, so that all are equally busy. */
const busy: LoadClient = (context) =>
  onConnections(context, (connection, served) => exchangeAll(context, connection, [identity('/')], served));

for (const { mode, algorithm } of ACCEPT_MODES) {
  it(`a third worker gets its share of ${CONNECTIONS} busy keep-alive connections under ${mode}`, async function () {
    this.timeout(60_000);
    const runtime = await startQuiet('slow.cjs', { algorithm });
    const load = new Load(runtime, new Array<LoadClient>(CONNECTIONS).fill(busy));
    const { tally } = load;
    try {
      await until('500 responses', () => tally.responses >= 500, 20_000);
      const before = (await runtime.ready()).map((worker) => Number(worker.pid));
      await runtime.scale(3);
      const fresh = Number((await runtime.ready()).find((worker) => !before.includes(Number(worker.pid)))?.pid);

      /** The new worker's part of the next responses, in fair shares. */
      const nextShare = async (windows = 1): Promise<number> => {
        const start = { responses: tally.responses, fresh: tally.workers.get(fresh) ?? 0 };
        await until(
          'the next responses',
          () => tally.responses >= start.responses + windows * WINDOW_RESPONSES,
          20_000,
        );
        return ((tally.workers.get(fresh) ?? 0) - start.fresh) / ((tally.responses - start.responses) / 3);
      };
      await until(`${MIN_SHARE} of a fair share`, async () => (await nextShare()) >= MIN_SHARE, 20_000);
      // Of several windows together: one alone is disturbed by whatever else takes a core for a moment.
      expect(await nextShare(4), 'its share from then on').to.be.at.least(MIN_SHARE);
    } finally {
      await load.stop();
      await runtime.stop();
    }
    expectNothingLost(tally);
    expect(tally.connects).to.equal(CONNECTIONS);
  });
}
