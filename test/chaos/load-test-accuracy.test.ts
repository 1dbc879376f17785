/** A load test's percentiles against those of the server's own record. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { planOf } from '../../src/cli/load-test/flags.ts';
import { generate } from '../../src/cli/load-test/generator.ts';

const SERVER = fileURLToPath(new URL('./known-latency-server.js', import.meta.url));
const PERCENTS = [50, 75, 90, 95, 99] as const;
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
  let server: ChildProcess;
  let target: string;

  before(async () => {
    server = fork(SERVER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ port }] = (await once(server, 'message')) as [{ readonly port: number }];
    target = `http://127.0.0.1:${port}`;
  });
  after(() => server.disconnect());

  /** What the server did since it was asked last, ascending. */
  async function serversOwn(): Promise<readonly number[]> {
    const answer = once(server, 'message');
    server.send('report');
    const [{ taken }] = (await answer) as [{ readonly taken: readonly number[] }];
    return taken.toSorted((a, b) => a - b);
  }

  for (const [mode, flags] of Object.entries({
    'in a closed loop': { engine: 'own' as const, think: '1ms', ramp: '2' },
    'in a closed loop by autocannon': {},
    'in an open loop': { rate: '25' },
  })) {
    it(`are within 1 % of the server’s own ${mode}`, async () => {
      await serversOwn();
      const result = await generate(planOf({ ...FLAGS, target, ...flags }, '/'), {
        stop: new AbortController().signal,
        mayUseAutocannon: true,
        onSecond: () => undefined,
      });
      const exact = await serversOwn();
      expect(result.total.succeeded, 'every answer that was given is counted').to.be.within(
        exact.length - FLAGS.users,
        exact.length,
      );
      expect(result.total.succeeded).to.be.above(500);
      const rows = PERCENTS.map((percent) => {
        const truthMs = exact[Math.ceil((percent / 100) * exact.length) - 1] as number;
        const foundMs = result.total.percentilesMs[String(percent)] as number;
        return { percent, truthMs, foundMs, error: Math.abs(foundMs - truthMs) / truthMs };
      });
      const text = rows
        .map(({ percent, truthMs, foundMs, error }) => {
          return `p${percent} ${foundMs.toFixed(1)} of ${truthMs.toFixed(1)} ms (${(error * 100).toFixed(2)} %)`;
        })
        .join(', ');
      const figures = `${text}; ${exact.length} answers, the generator up to ${result.lagP99Ms} ms late`;
      console.log(`      ${figures}`);
      for (const { error } of rows) expect(error, figures).to.be.below(0.01);
    });
  }
});
