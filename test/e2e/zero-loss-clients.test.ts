import { Load, type LoadClient } from '../helpers/load.ts';
import { pipelining } from '../helpers/load-clients.ts';
import { eventStreams, halfHeads, lateSpeakers, slowReaders } from '../helpers/odd-clients.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { ACCEPT_MODES, expectNothingLost, expectReceiptsAddUp, startQuiet } from '../helpers/zero-loss.ts';

/** What each kind of client must at least have had answered, so that it was there for all of the changes. */
const KINDS: readonly { readonly name: string; readonly clients: () => LoadClient[]; readonly responses: number }[] = [
  { name: 'pipelining clients', clients: () => pipelining({ connections: 12, depth: 8 }), responses: 500 },
  {
    name: 'slow readers of 50 MB, written as the client takes it',
    clients: () => slowReaders({ path: '/big', readers: 2, mib: 50, overMs: 3_000 }),
    responses: 4,
  },
  {
    name: 'slow readers of 50 MB, written at once',
    clients: () => slowReaders({ path: '/whole', readers: 2, mib: 50, overMs: 3_000 }),
    responses: 4,
  },
  { name: 'half-sent requests', clients: () => halfHeads({ connections: 16, pauseMs: 400 }), responses: 60 },
  {
    name: 'event streams that end by themselves',
    clients: () => eventStreams({ connections: 12, streamMs: 1_500 }),
    responses: 24,
  },
  {
    name: 'connections that have not spoken yet',
    clients: () => lateSpeakers({ connections: 24, silentMs: 800 }),
    responses: 24,
  },
];

for (const { mode, algorithm } of ACCEPT_MODES) {
  describe(`a reload and a scaling to 4 and back under ${mode}`, function () {
    this.timeout(60_000);
    let runtime: Runtime;

    before(async () => {
      runtime = await startQuiet('slow.cjs', { algorithm });
    });
    after(() => runtime.stop());

    for (const { name, clients, responses } of KINDS) {
      it(`loses nothing of ${name}`, async () => {
        const load = new Load(runtime, clients());
        try {
          await until('clients at work', () => load.tally.connects >= clients().length);
          await runtime.reload();
          await runtime.scale(4);
          await runtime.scale(2);
          await until(`${responses} responses`, () => load.tally.responses >= responses, 30_000);
        } finally {
          await load.stop();
        }
        expectNothingLost(load.tally);
        await runtime.waitForWorkers(2);
        expectReceiptsAddUp((await runtime.status()).receipts);
      });
    }
  });
}
