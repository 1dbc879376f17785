import { Agent } from 'node:http';
import { expect } from 'chai';
import { askEveryWorker, askJson, type Identity } from '../helpers/http-json.ts';
import { processesOf } from '../helpers/processes.ts';
import { fixture, ROOT, Runtime, type RuntimeOptions, until } from '../helpers/runtime.ts';

describe('how apps start and end, unmodified', function () {
  this.timeout(60_000);
  let runtime: Runtime;
  afterEach(() => runtime?.kill());

  async function start(script: string, options: RuntimeOptions = {}): Promise<void> {
    runtime = await Runtime.start(fixture(script), { args: ['-i', '2'], ...options });
  }

  /** Lines of the app's own output, by worker. */
  function linesOf(source: string): string[] {
    return runtime.logs.filter((record) => record.source === source).map((record) => String(record.message));
  }

  function starts(): number {
    return runtime.logs.filter(({ message }) => /^worker \d+ is starting$/.test(String(message))).length;
  }

  it('SIGTERM, server.close(), exit 0: the app is told when its connections are gone, and ends by itself', async () => {
    await start('graceful.cjs');
    const agents = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const { port } = runtime;
    for (const agent of agents) await askJson({ port, agent });
    const slow = agents.slice(0, 2).map((agent) => askJson({ port, agent, path: '/sleep?ms=700' }));
    await until('both requests are in flight', async () => {
      const { body } = await runtime.api<{ upstreams: { inFlight: number }[] }>('GET', '/loadbalancer/status');
      return body.upstreams.reduce((sum, { inFlight }) => sum + inFlight, 0) === 2;
    });
    expect(await runtime.stop()).to.deep.equal({ code: 0, signal: null });

    for (const { status, response } of await Promise.all(slow)) {
      expect(status).to.equal(200);
      expect(response.headers.connection).to.equal('close');
    }
    for (const agent of agents) agent.destroy();
    for (const source of ['w1', 'w2']) {
      const said = linesOf(source).filter((line) => !line.startsWith('listening on'));
      expect(said).to.have.members(['message shutdown', 'closing', 'connections 0', 'closed']);
    }
    const receipts = runtime.logs.filter(({ message }) => /^worker \d+ has left/.test(String(message)));
    expect(receipts.map(({ exit }) => exit)).to.deep.equal(Array(2).fill({ code: 0, signal: null }));
    for (const { openAtStart, acceptedSince, finished, moved, closedByClient, cut } of receipts) {
      const ends = [finished, moved, closedByClient, cut].map(Number);
      expect(ends.reduce((sum, end) => sum + end)).to.equal(Number(openAtStart) + Number(acceptedSince));
      expect(cut).to.equal(0);
    }
  });

  it('process.send("ready") with --wait-ready: not a worker counts before it said so', async () => {
    await start('wait-ready.cjs', { args: ['-i', '2', '--wait-ready'] });
    for (const source of ['w1', 'w2']) expect(linesOf(source)).to.include('says ready');
    const answers = await askEveryWorker(2, async () => {
      return (await askJson<Identity & { ready: boolean }>({ port: runtime.port })).body;
    });
    for (const { ready } of answers) expect(ready).to.equal(true);
  });

  it('an app that throws at its start: its error, what to do, exit 1, after a few attempts', async () => {
    runtime = await Runtime.spawn(fixture('throws-at-start.cjs'), { args: ['-i', '2'] });
    expect(await runtime.exited).to.deep.equal({ code: 1, signal: null });
    expect(linesOf('w1')).to.include('Error: DATABASE_URL is not set');
    const { message, level } = await runtime.waitForLog(/could not be started/);
    expect({ message, level }).to.deep.equal({
      level: 'error',
      message:
        'throws-at-start.cjs could not be started: exit code 1 before it was ready. Its own output above says why; fix it and start again',
    });
    expect(starts()).to.be.within(2, 4);
  });

  it('an app that throws at its start, behind a gateway: exit 1, and no process stays', async () => {
    runtime = await Runtime.spawn(fixture('throws-at-start.cjs'), { args: ['-i', '1'], env: { LB_MODE: 'http' } });
    expect(await runtime.exited).to.deep.equal({ code: 1, signal: null });
    await until('no process', () => processesOf(runtime.directory).length === 0);
  });

  it('a job runner that never listens: supervised, not balanced, ended in order', async () => {
    await start('never-listens.cjs', { env: { LISTEN_TIMEOUT_MS: '300' } });
    const { workers, addresses } = await runtime.status();
    expect(addresses).to.deep.equal([]);
    expect(workers.map(({ phase, balanced, listening }) => ({ phase, balanced, listening }))).to.deep.equal(
      Array(2).fill({ phase: 'ready', balanced: false, listening: [] }),
    );
    for (const { pid } of workers) process.kill(pid as number, 'SIGKILL');
    await until('both are replaced', async () => {
      const ready = await runtime.ready();
      return ready.length === 2 && ready.every(({ pid }) => !workers.some((worker) => worker.pid === pid));
    });
    expect(await runtime.stop()).to.deep.equal({ code: 0, signal: null });
    for (const source of ['w3', 'w4']) expect(linesOf(source).at(-1)).to.match(/^job runner slot \d pid \d+ stopped$/);
  });

  it('a job that comes to its end is not kept alive', async () => {
    runtime = await Runtime.spawn(fixture('finishing-job.cjs'), { args: ['-i', '2'] });
    await runtime.waitForLog(/^worker 1 ended: it finished \(exit code 0\)/);
    await runtime.waitForLog(/^worker 2 ended: it finished \(exit code 0\)/);
  });

  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const stripsTypes = major > 22 || (major === 22 && minor >= 18);
  for (const { title, execPath, runs } of [
    { title: `on this Node (${process.version}; needs 22.18)`, execPath: process.execPath, runs: stripsTypes },
    {
      title: 'on the Node 24 that TIDEGATE_TEST_NODE24 names',
      execPath: process.env.TIDEGATE_TEST_NODE24 ?? '',
      runs: process.env.TIDEGATE_TEST_NODE24 !== undefined,
    },
  ]) {
    const test = async (): Promise<void> => {
      await start('typescript-app.ts', { execPath });
      const answers = await askEveryWorker(2, async () => {
        return (await askJson<Identity & { language: string }>({ port: runtime.port })).body;
      });
      for (const answer of answers) expect(answer).to.include({ language: 'TypeScript', isWorker: true });
    };
    const name = `a TypeScript file runs as it is, ${title}`;
    if (runs) it(name, test);
    else it.skip(name, test);
  }

  if (!stripsTypes) {
    it(`a TypeScript file on a Node that does not know types (${process.version}) is refused, with what to do`, async () => {
      runtime = await Runtime.spawn(fixture('typescript-app.ts'), { args: ['-i', '2'] });
      const { code } = await runtime.exited;
      expect(code).to.equal(2);
      expect(runtime.output)
        .to.match(/typescript-app\.ts/)
        .and.match(/22\.18/);
      expect(runtime.output.replaceAll(ROOT, '')).to.not.match(/^ +at /m);
    });
  }
});
