import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { useCli } from '../helpers/cli-bench.ts';
import { freePort } from '../helpers/free-port.ts';
import { fixture, ROOT, Runtime, until } from '../helpers/runtime.ts';

/** Says what PM2's keys came to, and is ready when it says so. */
const APP = `
const http = require('node:http');
const answer = { args: process.argv.slice(2), cwd: process.cwd(), execArgv: process.execArgv, colour: process.env.COLOUR,
  nodeEnv: process.env.NODE_ENV, slot: process.env.NODE_APP_INSTANCE };
http.createServer((request, response) => response.end(JSON.stringify(answer)))
  .listen(process.env.PORT, () => setTimeout(() => process.send('ready'), 300));
`;

/** Ignores the stop signal, as an app does whose clean-up hangs. */
const STUBBORN = `
process.on('SIGTERM', () => {});
require('node:http').createServer((request, response) => response.end('ok')).listen(process.env.PORT);
`;

interface Answer {
  readonly args: string[];
  readonly cwd: string;
  readonly execArgv: string[];
  readonly colour: string;
  readonly nodeEnv: string | undefined;
  readonly slot: string;
}

describe('an ecosystem file of PM2', function () {
  this.timeout(60_000);
  const { run, launch } = useCli();
  let directory: string;
  let port: number;
  let runtime: Runtime | undefined;

  beforeEach(async () => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tg-eco-')));
    mkdirSync(path.join(directory, 'app'));
    writeFileSync(path.join(directory, 'app/app.cjs'), APP);
    writeFileSync(path.join(directory, 'app/stubborn.cjs'), STUBBORN);
    port = await freePort();
    runtime = undefined;
  });
  afterEach(async () => {
    await runtime?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Writes the file and returns its path. */
  function ecosystem(apps: readonly object[], name = 'ecosystem.config.cjs'): string {
    const file = path.join(directory, name);
    const content = JSON.stringify({ apps });
    writeFileSync(file, name.endsWith('.json') ? content : `module.exports = ${content};`);
    return file;
  }

  const api = (): object => ({
    name: 'api',
    script: 'app.cjs',
    cwd: path.join(directory, 'app'),
    args: '--greeting "hello world"',
    node_args: '--max-old-space-size=200',
    instances: 2,
    exec_mode: 'cluster',
    wait_ready: true,
    listen_timeout: 8000,
    watch: true,
    cron_restart: '0 3 * * *',
    env: { PORT: port, COLOUR: 'blue' },
    env_production: { COLOUR: 'red', NODE_ENV: 'production' },
  });

  async function ask(): Promise<Answer> {
    return (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Answer;
  }

  it('gives the app its arguments, directory, environment and Node options, in as many workers as it says', async () => {
    runtime = await Runtime.start(ecosystem([api()]), { port });
    const answer = await ask();
    expect(answer).to.deep.include({ args: ['--greeting', 'hello world'], colour: 'blue' });
    expect(answer.cwd).to.equal(path.join(directory, 'app'));
    expect(answer.execArgv).to.include('--max-old-space-size=200');
    expect(['0', '1']).to.include(answer.slot);
    const { workers } = await runtime.waitForWorkers(2);
    // With wait_ready nobody is ready before the app says so, 300 ms after it listens.
    for (const { startedAtMs, readyAtMs } of workers) expect((readyAtMs ?? 0) - startedAtMs).to.be.at.least(300);
  });

  it('lays env_production over env with --env production', async () => {
    runtime = await Runtime.start(ecosystem([api()]), { port, args: ['--env', 'production'] });
    expect(await ask()).to.include({ colour: 'red', nodeEnv: 'production' });
  });

  it('names in a warning what has no meaning here', async () => {
    runtime = await Runtime.start(ecosystem([api()]), { port });
    expect(runtime.output).to.match(/^Warning: watch in ecosystem\.config\.cjs has no meaning here and is ignored$/m);
    expect(runtime.output).to.match(
      /^Warning: cron_restart in ecosystem\.config\.cjs is not part of this version yet/m,
    );
  });

  it('calls the instance by the name in the file', async () => {
    const free = await freePort();
    launch(['start', path.join(ROOT, 'examples/ecosystem.config.cjs'), '--port', String(free)], {
      MANAGEMENT_PORT: '0',
    });
    const status = await until('the example of the README', async () => {
      const { code, stdout } = await run(['status', '--json']);
      const shown = code === 0 && (JSON.parse(stdout) as ClusterStatus);
      return shown && shown.ready === 2 && shown;
    });
    expect(status).to.include({ name: 'http-example', desired: 2 });
    expect(status.addresses).to.deep.equal([`[::]:${free}`]);
    expect((await fetch(`http://127.0.0.1:${free}/`)).status).to.equal(200);
    expect(await run(['stop', '--name', 'http-example'])).to.include({ code: 0 });
  });

  it('asks for --only when there are several apps, and starts the one that is named', async () => {
    const file = ecosystem([api(), { name: 'jobs', script: fixture('never-listens.cjs') }]);
    const { code, stderr } = await run(['start', file]);
    expect(code).to.equal(2);
    expect(stderr).to.equal('ecosystem.config.cjs has several apps: api, jobs. Choose one with --only <name>\n');
    runtime = await Runtime.start(file, { port, args: ['--only', 'api'] });
    expect(await ask()).to.include({ colour: 'blue' });
  });

  it('runs an app of fork mode in one worker, and never in more', async () => {
    const script = fixture('http.cjs');
    runtime = await Runtime.start(ecosystem([{ script, exec_mode: 'fork', env: { PORT: port } }]), { port });
    expect((await runtime.status()).workers).to.have.lengthOf(1);
    const { status, body } = await runtime.api('POST', '/scaling/manual', { instances: 2 });
    expect(status).to.equal(422);
    expect(body).to.include({ code: 'OUT_OF_RANGE' });
  });

  it('recycles a worker above max_memory_restart, the new one first', async () => {
    const app = { script: fixture('slow.cjs'), instances: 1, max_memory_restart: '150M', env: { PORT: port } };
    runtime = await Runtime.start(ecosystem([app]), { port });
    const [before] = (await runtime.status()).workers;
    await (await fetch(`${runtime.url}/leak?mb=200`)).text();
    const { receipts } = await until(
      'the worker has been replaced',
      async () => {
        const status = await runtime?.status();
        return status?.ready === 1 && status.receipts.length === 1 && status;
      },
      20_000,
    );
    expect(receipts[0]).to.include({ reason: 'memory-limit', workerId: before?.id, pid: before?.pid, cut: 0 });
    const [after] = await runtime.ready();
    expect(after?.slot).to.equal(before?.slot);
    expect(after?.readyAtMs).to.be.at.most(receipts[0]?.startedAtMs ?? 0);
  });

  it('kills a worker that has not ended kill_timeout after its stop signal', async () => {
    const app = {
      script: path.join(directory, 'app/stubborn.cjs'),
      instances: 2,
      kill_timeout: 400,
      env: { PORT: port },
    };
    runtime = await Runtime.start(ecosystem([app]), { port });
    await runtime.scale(1);
    const [receipt] = (await runtime.status()).receipts;
    expect(receipt).to.deep.include({ reason: 'scale-down', exit: { code: null, signal: 'SIGKILL' } });
    expect(receipt?.durationMs).to.be.at.least(400);
  });

  it('restarts by exp_backoff_restart_delay', async () => {
    const app = {
      script: fixture('crash-loop.cjs'),
      instances: 1,
      exp_backoff_restart_delay: 150,
      env: { PORT: port },
    };
    runtime = await Runtime.spawn(ecosystem([app], 'process.json'), { port });
    const delays = await until('three restarts', () => {
      const ends = runtime?.logs.filter(({ message }) => /^worker \d+ ended/.test(String(message))) ?? [];
      return ends.length >= 3 && ends.slice(0, 3).map(({ restartInMs }) => restartInMs);
    });
    expect(delays).to.deep.equal([150, 300, 600]);
  });

  it('tells all mistakes at once, one line each', async () => {
    const file = ecosystem([
      { ...api(), instances: 'many', exec_mode: 'swarm', kill_timeout: 'soon', max_restarts: 0 },
    ]);
    const { code, stdout, stderr } = await run(['start', file]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).to.have.lengthOf(4);
    for (const key of ['instances', 'exec_mode', 'kill_timeout', 'max_restarts']) {
      expect(lines.filter((line) => line.startsWith(`${key} in ecosystem.config.cjs: `))).to.have.lengthOf(1);
    }
  });

  it('refuses a file that can’t be loaded, with the reason', async () => {
    const file = path.join(directory, 'broken.config.cjs');
    writeFileSync(file, 'module.exports = { apps: [');
    const { code, stderr } = await run(['start', file]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^broken\.config\.cjs can't be loaded: SyntaxError: [^\n]+\n$/);
  });
});
