/** A load test's percentiles against those that the server counted itself. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { planOf } from '../../src/cli/load-test/flags.ts';
import { generate } from '../../src/cli/load-test/generator.ts';

/** Of a hundred answers so many take so long: long enough for a few milliseconds of network and event loop to be less than 1 %. */
const DELAYS_MS = [
  [60, 600],
  [32, 1_200],
  [6, 2_400],
  [2, 4_800],
] as const;
const FLAGS = {
  journey: 'get',
  path: '/',
  ramp: '0',
  timeout: '10',
  sources: 1,
  processes: 1,
  engine: 'auto',
  users: 40,
  duration: '25',
} as const;

describe('the percentiles of a load test', function () {
  this.timeout(120_000);
  // What else runs on the machine comes between server and client, for milliseconds that are no fault of either.
  this.retries(2);
  let server: Server;
  let target: string;
  const taken: number[] = [];

  before(async () => {
    const delays = DELAYS_MS.flatMap(([share, ms]) => new Array<number>(share).fill(ms));
    let asked = 0;
    server = createServer((_request, response) => {
      const startMs = performance.now();
      asked += 37; // coprime to 100: the delays come mixed, each as often as it should
      setTimeout(
        () => {
          response.end('ok');
          taken.push(performance.now() - startMs);
        },
        delays[asked % 100],
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());
  beforeEach(() => {
    taken.length = 0;
  });

  for (const [mode, flags] of Object.entries({
    'in a closed loop': { engine: 'own' as const, think: '1ms', ramp: '2' },
    'in a closed loop by autocannon': {},
    'in an open loop': { rate: '25' },
  })) {
    it(`are within 1 % of the server’s own ${mode}`, async () => {
      const result = await generate(planOf({ ...FLAGS, target, ...flags }, '/'), {
        stop: new AbortController().signal,
        mayUseAutocannon: true,
        onSecond: () => undefined,
      });
      // Those that a client gave up at the end took their time as well, but nobody waited for it.
      const exact = taken.toSorted((a, b) => a - b);
      expect(result.total.succeeded).to.be.above(500);
      for (const percent of [50, 75, 90, 95, 99]) {
        const truth = exact[Math.ceil((percent / 100) * exact.length) - 1] as number;
        const found = result.total.percentilesMs[String(percent)] as number;
        expect(Math.abs(found - truth) / truth, `p${percent}: ${found} ms, the server says ${truth} ms`).to.be.below(
          0.01,
        );
      }
    });
  }
});
