import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { expect } from 'chai';
import { useCli } from '../helpers/cli-bench.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, scalingStatus, useRules } from '../helpers/scaling-bench.ts';

/** Holds on every machine: the scaler always wants one more. */
const ALWAYS_MORE = {
  name: 'always-more',
  metric: 'memory',
  windowMs: 1_000,
  operator: 'gt',
  threshold: 0,
  action: 'scale-up',
  scaleAmount: 1,
  cooldownPeriod: 0,
};

/** Serves until its configuration is gone; from then on it can't be started. */
const NEEDS_ITS_FILE = `
require('node:fs').readFileSync(process.env.NEEDED_FILE);
require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;

/** Serves in its first two slots, and fails in every further one. */
const FAILS_BEYOND_TWO = `
if (Number(process.env.NODE_APP_INSTANCE) >= 2) throw new Error('no licence for a third worker');
require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;

interface AlertBody {
  readonly key: string;
  readonly state: string;
  readonly severity: string;
  readonly sentence: string;
}

/** A webhook's receiver. */
class Receiver {
  readonly alerts: AlertBody[] = [];
  readonly #server: Server = createServer(async (request, response) => {
    this.alerts.push((await json(request)) as AlertBody);
    response.end();
  });

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

describe('an app in a crash loop', function () {
  this.timeout(90_000);
  const { run } = useCli();
  const rulesFile = useRules();
  let runtime: Runtime;
  let receiver: Receiver;
  let directory: string;
  let env: Record<string, string>;

  beforeEach(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-crash-'));
    receiver = new Receiver();
    env = {
      ...rulesFile(ALWAYS_MORE),
      ALERT_WEBHOOK_URL: await receiver.listen(),
      MIN_INSTANCES: '1',
      MAX_INSTANCES: '6',
      SCALING_INTERVAL_MS: '250',
    };
  });
  afterEach(async () => {
    await runtime.kill();
    receiver.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const startedAt = ({ timestamp }: Readonly<Record<string, unknown>>): number => Date.parse(String(timestamp));
  const matching = (pattern: RegExp) => runtime.logs.filter(({ message }) => pattern.test(String(message)));

  it('is restarted ever more slowly, by slot, however often it fails', async () => {
    const fixed = { ...env, AUTO_SCALING_ENABLED: 'false' };
    runtime = await Runtime.spawn(fixture('crash-loop.cjs'), { args: ['-i', '2'], env: fixed });
    await until('six failures of one slot', () => delays(0).length >= 6, 30_000);
    for (const slot of [0, 1]) {
      const expected = [100, 200, 400, 800, 1600, 3200, 6400, 12800, 15000];
      expect(delays(slot)).to.deep.equal(expected.slice(0, delays(slot).length));
      // A start comes no sooner after the failure before than the delay that was announced.
      const starts = matching(/^worker \d+ is starting$/).filter((record) => record.slot === slot);
      const failures = endsOf(slot);
      starts.slice(1).forEach((start, index) => {
        const failure = failures[index] as Readonly<Record<string, unknown>>;
        expect(startedAt(start) - startedAt(failure)).to.be.at.least((failure.restartInMs as number) - 2);
      });
    }
    // Six failures take 6.3 s of waiting: a loop without back-off would have started hundreds meanwhile.
    expect(matching(/^worker \d+ is starting$/)).to.have.lengthOf.below(18);
  });

  it('freezes growth, fires an alert, and says so wherever one looks', async () => {
    const [script, needed] = [path.join(directory, 'app.cjs'), path.join(directory, 'needed')];
    writeFileSync(script, NEEDS_ITS_FILE);
    writeFileSync(needed, '');
    runtime = await Runtime.start(script, { args: ['-i', '2'], env: { ...env, NEEDED_FILE: needed } });
    rmSync(needed);
    for (const { pid } of (await runtime.status()).workers) process.kill(pid as number, 'SIGKILL');
    await until('frozen growth', async () => (await runtime.status()).crashLoop.frozen);
    await until('a decision that growth is frozen', async () => {
      const { guards } = await scalingStatus(runtime);
      return guards.some(({ reason }) => reason === 'blocked:crash-loop');
    });
    const { id, desired } = (await decision(runtime, 'last')).record;
    await until('twenty more decisions', async () => (await decision(runtime, 'last')).record.id > id + 20, 20_000);

    expect(await runtime.status()).to.include({ desired });
    const later = (await scalingStatus(runtime)).actions.filter((action) => action.id > id);
    expect(later).to.deep.equal([]);
    const { explanation } = await decision(runtime, 'last');
    expect(explanation.join('\n')).to.match(/^ {2}blocked:crash-loop: workers fail to start; \d were healthy last$/m);
    const refused = await runtime.api('POST', '/scaling/manual', { instances: 6 });
    expect(refused.status).to.equal(409);
    expect(refused.body).to.include({ code: 'blocked:crash-loop' });
    const shown = await run(['status'], { TIDEGATE_RUNTIME_DIR: runtime.directory });
    expect(shown.stdout).to.match(
      /^ {2}crashes +\d+ failed starts, no growth above \d; the last: exit code 1 before it was ready$/m,
    );

    const alert = await until('a critical alert at the webhook', () =>
      receiver.alerts.find(({ key, severity }) => key === 'health/crash-loop' && severity === 'critical'),
    );
    expect(alert).to.include({ state: 'firing' });
    expect(alert.sentence).to.match(/starts failed lately; there is no growth above/);
    expect(matching(/^critical: health\/crash-loop: /)).to.not.be.empty;
  });

  it('keeps the workers that serve, and refuses a person who wants more', async () => {
    const script = path.join(directory, 'app.cjs');
    writeFileSync(script, FAILS_BEYOND_TWO);
    const rules = rulesFile({ ...ALWAYS_MORE, enabled: false });
    runtime = await Runtime.start(script, { args: ['-i', '2'], env: { ...env, ...rules } });
    await until('both count as healthy', async () => (await runtime.status()).crashLoop.lastHealthyCount === 2);
    const serving = (await runtime.status()).workers.map(({ pid }) => pid);
    expect(await runtime.api('POST', '/scaling/manual', { instances: 3 })).to.include({ status: 202 });
    await until('frozen growth', async () => (await runtime.status()).crashLoop.frozen, 30_000);
    await until('a decision that growth is frozen', async () => {
      const { guards } = await scalingStatus(runtime);
      return guards.some(({ reason }) => reason === 'blocked:crash-loop');
    });
    const refused = await runtime.api('POST', '/scaling/manual', { instances: 4 });
    expect(refused.status).to.equal(409);
    expect(refused.body).to.include({ code: 'blocked:crash-loop' });

    const status = await runtime.status();
    expect(status.crashLoop).to.include({ lastHealthyCount: 2, lastFailure: 'exit code 1 before it was ready' });
    expect(status.desired).to.equal(3); // the two, and the one that was asked for before it was known to fail
    expect(status.workers.filter(({ phase }) => phase === 'ready').map(({ pid }) => pid)).to.deep.equal(serving);
    expect((await fetch(runtime.url)).status).to.equal(200);
    expect(runtime.output).to.contain('no licence for a third worker');
  });

  function endsOf(slot: number): readonly Readonly<Record<string, unknown>>[] {
    const slots = new Map(matching(/^worker \d+ is starting$/).map((start) => [start.worker, start.slot]));
    return matching(/^worker \d+ ended: /).filter(({ worker }) => slots.get(worker) === slot);
  }

  /** The delays before each restart of a slot, as announced. */
  function delays(slot: number): readonly unknown[] {
    return endsOf(slot).map(({ restartInMs }) => restartInMs);
  }
});
