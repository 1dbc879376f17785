import { expect } from 'chai';
import { Load, type LoadClient } from './load.ts';
import { type Runtime, until } from './runtime.ts';
import { expectNothingLost, expectReceiptsAddUp, receiptsSince, startQuiet } from './zero-loss.ts';

/** Well above a fresh worker's size, and far below what one `/leak` adds. */
const MEMORY_LIMIT_BYTES = 250_000_000;
const LEAK_MIB = 220;

/** One test per action that replaces, adds or removes workers, each under the same load: nothing may be lost in any. */
export function describeZeroLoss(options: {
  readonly title: string;
  readonly algorithm: string;
  readonly clients: () => LoadClient[];
  readonly env?: Readonly<Record<string, string>>;
  /** Requests that must be answered before the action, and after it, so that the load is really there. */
  readonly warmUpResponses?: number;
}): void {
  const { title, algorithm, clients, env = {}, warmUpResponses = 200 } = options;

  describe(title, function () {
    this.timeout(60_000);
    let runtime: Runtime;

    before(async () => {
      runtime = await startQuiet('slow.cjs', {
        algorithm,
        env: { MAX_MEMORY_RESTART_BYTES: String(MEMORY_LIMIT_BYTES), ...env },
      });
    });
    after(() => runtime.stop());

    async function underLoad(action: () => Promise<void>): Promise<void> {
      const load = new Load(runtime, clients());
      const answered = (count: number): Promise<true> =>
        until(`${count} responses`, () => load.tally.responses >= count, 20_000);
      try {
        await answered(warmUpResponses);
        await action();
        await answered(load.tally.responses + warmUpResponses);
      } finally {
        await load.stop();
      }
      expectNothingLost(load.tally);
      expectReceiptsAddUp((await runtime.status()).receipts);
    }

    it('loses nothing in a reload', () =>
      underLoad(async () => {
        const startedAtMs = Date.now();
        const last = (await runtime.reload()).at(-1);
        expect(last?.outcome, last?.detail).to.equal('done');
        const receipts = await receiptsSince(runtime, startedAtMs, 'reload', 2);
        expect(receipts).to.have.lengthOf(2);
        for (const receipt of receipts) expect(receipt.cut, JSON.stringify(receipt)).to.equal(0);
      }));

    it('loses nothing when it grows from 2 to 4', () => underLoad(() => runtime.scale(4)));

    it('loses nothing when it shrinks from 4 to 2', () =>
      underLoad(async () => {
        const startedAtMs = Date.now();
        await runtime.scale(2);
        const receipts = await receiptsSince(runtime, startedAtMs, 'scale-down', 2);
        for (const receipt of receipts) expect(receipt.cut, JSON.stringify(receipt)).to.equal(0);
      }));

    it('loses nothing when new workers are sent away again while they start', () =>
      underLoad(async () => {
        // At a different moment of their start each time.
        for (let youngMs = 0; youngMs < 200; youngMs += 20) {
          await runtime.api('POST', '/scaling/manual', { instances: 4, force: true });
          await new Promise((resolve) => setTimeout(resolve, youngMs));
          await runtime.api('POST', '/scaling/manual', { instances: 2, force: true });
        }
        await runtime.waitForWorkers(2);
      }));

    it('loses nothing when a worker is recycled for its memory', () =>
      underLoad(async () => {
        const startedAtMs = Date.now();
        expect((await fetch(`${runtime.url}/leak?mb=${LEAK_MIB}`)).status).to.equal(200);
        const [receipt] = await receiptsSince(runtime, startedAtMs, 'memory-limit', 1);
        expect(receipt?.cut).to.equal(0);
        await runtime.waitForWorkers(2);
      }));

    it('loses nothing in a reload and a scaling while workers are blocked for a second', () =>
      underLoad(async () => {
        const answers = Promise.allSettled(Array.from({ length: 3 }, () => fetch(`${runtime.url}/block?ms=1000`)));
        const last = (await runtime.reload()).at(-1);
        expect(last?.outcome, last?.detail).to.equal('done');
        await runtime.scale(3);
        const more = Promise.allSettled([fetch(`${runtime.url}/block?ms=1000`)]);
        await runtime.scale(2);
        for (const answer of [...(await answers), ...(await more)]) {
          expect(answer.status, JSON.stringify(answer)).to.equal('fulfilled');
        }
      }));
  });
}
