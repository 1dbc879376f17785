import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { ClusterStatus, LogLine } from '../../src/ipc/status.ts';
import { answerOf } from '../helpers/answer.ts';
import { type Outcome, useCli } from '../helpers/cli-bench.ts';
import { KeepAliveClients } from '../helpers/keep-alive-clients.ts';
import { isAlive, processesOf } from '../helpers/processes.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

interface Scaling {
  readonly desired: number;
  readonly pin: { readonly instances: number; readonly reason: string; readonly untilMs: number | null } | null;
  readonly paused: { readonly reason: string } | null;
}

describe('the verbs of tidegate, against a running instance', function () {
  this.timeout(60_000);
  const { run } = useCli();
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.start(fixture('slow.cjs'), {
      args: ['-i', '2'],
      env: { MIN_INSTANCES: '1', MAX_INSTANCES: '4', CANARY_MS: '300', SCALE_DOWN_STABILIZATION_MS: '600000' },
    });
  });
  after(() => runtime.kill());

  const tidegate = (...args: string[]): Promise<Outcome> => run(args, { TIDEGATE_RUNTIME_DIR: runtime.directory });

  /** What a verb that must succeed prints. */
  async function printed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await tidegate(...args);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    return stdout;
  }

  async function scaling(): Promise<Scaling> {
    return (await runtime.api<Scaling>('GET', '/scaling/status')).body;
  }

  it('status shows the workers, their processes and what the scaler thinks', async () => {
    await until('a decision', async () => (await runtime.api('GET', '/scaling/decisions/last')).status === 200);
    const { pid, workers } = await runtime.status();
    const shown = await printed('status');
    expect(shown).to.match(new RegExp(`^test · 2 of 2 workers ready · up \\S+ · pid ${pid}\n`));
    expect(shown).to.contain(`listening  [::]:${runtime.port}\n`);
    expect(shown).to.match(/^ {2}scaling +Held at 2 workers: .*\.$/m);
    for (const worker of workers) {
      expect(shown).to.match(new RegExp(`^ +${worker.slot} +w${worker.id} +${worker.pid} +ready +`, 'm'));
    }
  });

  it('ls --json is the body of GET /cluster/status', async () => {
    const shown = JSON.parse(await printed('ls', '--json')) as ClusterStatus;
    const { pid, workers } = await runtime.status();
    expect(shown).to.include({ name: 'test', pid, desired: 2, ready: 2 });
    expect(shown.workers.map((worker) => worker.pid)).to.deep.equal(workers.map((worker) => worker.pid));
  });

  it('scale +1 adds a worker, and says why there are three', async () => {
    const shown = await printed('scale', '+1', '--reason', 'the sale begins');
    expect(shown).to.match(
      /^Scaled up from 2 to 3: .*the sale begins.*\.\nIt holds for 5m; tidegate resume ends it earlier\.\n$/,
    );
    await runtime.waitForWorkers(3);
  });

  it('scale -1 takes one away', async () => {
    expect(await printed('scale', '-1')).to.match(/^Scaled down from 3 to 2: .*\nIt holds for 5m; .*\n$/);
    await runtime.waitForWorkers(2);
    expect((await scaling()).pin).to.include({ instances: 2 });
  });

  it('scale 3 --for 2h holds for two hours', async () => {
    const record = JSON.parse(await printed('scale', '3', '--for', '2h', '--json')) as Scaling;
    expect(record).to.include({ before: 2, desired: 3 });
    await runtime.waitForWorkers(3);
    expect((await scaling()).pin?.untilMs).to.be.closeTo(Date.now() + 7_200_000, 60_000);
  });

  it('scale refuses what is outside of the limits, with the limits', async () => {
    const { code, stdout, stderr } = await tidegate('scale', '5');
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.equal(
      'instances: given 5; must be a whole number from 1 to 4 (MIN_INSTANCES to MAX_INSTANCES)\n',
    );
    expect(await scaling()).to.include({ desired: 3 });
  });

  it('pause and resume: the scaler waits, then the number is its own again', async () => {
    expect(await printed('pause', '--reason', 'measuring')).to.match(/paused/);
    expect((await scaling()).paused).to.include({ reason: 'measuring' });
    expect(await printed('resume')).to.equal('Pause and manual scaling are ended.\n');
    expect(await scaling()).to.include({ paused: null, pin: null });
  });

  it('explain tells the last decision, and explain <n> an earlier one', async () => {
    const last = await printed('explain');
    expect(last).to.match(/^Decision \d+ at \S+: \S+, \S+ \(.*\)\n/);
    expect(last)
      .to.contain('\n  error-rate-high: ')
      .and.to.match(/\n {2}not in use here: .*capacity-high/);
    expect(last)
      .to.match(/^Stabilization: .*$/m)
      .and.match(/^Next possible: scale-up .*, scale-down .*$/m);

    const { body } = await runtime.api<{ actions: { id: number; sentence: string }[] }>('GET', '/scaling/status');
    const sale = body.actions.find(({ sentence }) => sentence.includes('the sale begins'));
    const told = await printed('explain', String(sale?.id));
    expect(told).to.contain(`\n${sale?.sentence}\n`).and.to.contain('Pin: 3 workers for another 300 s');
    const { record } = JSON.parse(await printed('explain', String(sale?.id), '--json')) as { record: object };
    expect(record).to.include({ id: sale?.id, action: 'scale-up', before: 2, desired: 3 });
  });

  it('logs shows what the runtime and the workers wrote, and can be told whose', async () => {
    const { workers } = await runtime.status();
    const id = workers[0]?.id ?? 0;
    const all = await printed('logs', '--lines', '1000');
    expect(all).to.match(/ tidegate worker 1 is ready after \d+ ms\n/);
    expect(all).to.contain(` w${id} listening on ${runtime.port}\n`);
    const ofOne = (await printed('logs', '--source', `w${id}`, '--json')).trimEnd().split('\n');
    const lines = ofOne.map((line) => JSON.parse(line) as LogLine);
    expect(lines.map(({ source, text }) => ({ source, text }))).to.deep.equal([
      { source: `w${id}`, text: `listening on ${runtime.port}` },
    ]);
  });

  it('reload replaces every process under load without a failure, and says how it went', async () => {
    // By the rules three may be too many for the cores that are free.
    await printed('scale', '3');
    const before = await runtime.waitForWorkers(3);
    const clients = new KeepAliveClients(`${runtime.url}/sleep?ms=5`, 6);
    const shown = await printed('reload');
    await clients.stop();
    expect(shown).to.match(/\nReloaded 3 of 3\..*\n$/);
    expect(clients.failures).to.deep.equal([]);
    expect(clients.closed).to.equal(0);
    await replaced(before, 2);
  });

  it('restart replaces every process at the same time', async () => {
    const before = await runtime.waitForWorkers(3);
    expect(await printed('restart')).to.equal('All workers were replaced; the new ones are ready.\n');
    await replaced(before, 3);
  });

  it('every change stands in the audit log, with who made it', async () => {
    const file = path.join(runtime.directory, 'test/audit.log');
    const entries = readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; who: string; role: string });
    const actions = entries.map(({ action }) => action);
    expect(actions.slice(0, 5)).to.deep.equal([
      'scaling.manual',
      'scaling.manual',
      'scaling.manual',
      'scaling.pause',
      'scaling.resume',
    ]);
    expect(actions).to.include.members(['cluster.reload', 'cluster.restart']);
    for (const { role } of entries) expect(role).to.equal('admin');
  });

  it('stop drains and returns when all is over', async () => {
    const { pid, workers } = await runtime.waitForWorkers(3);
    const slow = answerOf(`${runtime.url}/sleep?ms=1000`);
    await until('a request in flight', async () => {
      const { body } = await runtime.api<{ upstreams: { inFlight: number }[] }>('GET', '/loadbalancer/status');
      return body.upstreams.some(({ inFlight }) => inFlight > 0);
    });
    expect(await printed('stop')).to.equal('"test" has stopped.\n');
    expect(await slow).to.equal(200);
    expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
    expect([pid, ...workers.map((worker) => worker.pid as number)].filter(isAlive)).to.deep.equal([]);
    expect(processesOf(runtime.directory)).to.deep.equal([]);
    const { code, stderr } = await tidegate('status');
    expect(code).to.equal(1);
    expect(stderr).to.match(/^No running instance found.* Start one with: tidegate start <script>\n$/);
  });

  /** Waits until nothing is left of the earlier processes, and looks at the generation of the new ones. */
  async function replaced(before: ClusterStatus, generation: number): Promise<void> {
    const old = new Set(before.workers.map(({ pid }) => pid));
    const { workers } = await until('three other processes', async () => {
      const status = await runtime.waitForWorkers(before.ready);
      return status.workers.every(({ pid }) => !old.has(pid)) && status;
    });
    expect(workers.map((worker) => worker.generation)).to.deep.equal([generation, generation, generation]);
    expect(workers.map((worker) => worker.slot).sort()).to.deep.equal([0, 1, 2]);
  }
});
