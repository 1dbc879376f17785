import { constants } from 'node:os';
import { expect } from 'chai';
import { answerOf } from '../helpers/answer.ts';
import { KeepAliveClients } from '../helpers/keep-alive-clients.ts';
import { catches, isAlive, processesOf } from '../helpers/processes.ts';
import { fixture, Runtime, type RuntimeOptions, until } from '../helpers/runtime.ts';

interface ScalingBody {
  readonly desired: number;
  readonly pin: { readonly instances: number; readonly by: string; readonly untilMs: number } | null;
}

describe('signals to the runtime', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  async function start(script: string, options?: RuntimeOptions): Promise<void> {
    runtime = await Runtime.start(fixture(script), options);
  }
  afterEach(() => runtime.kill());

  async function pids(): Promise<number[]> {
    const { pid, workers } = await runtime.status();
    return [pid, ...workers.map((worker) => worker.pid as number)];
  }

  /** Requests that workers have begun and not ended. */
  async function inFlight(): Promise<number> {
    const { body } = await runtime.api<{ upstreams: { inFlight: number }[] }>('GET', '/loadbalancer/status');
    return body.upstreams.reduce((sum, upstream) => sum + upstream.inFlight, 0);
  }

  async function scaling(): Promise<ScalingBody> {
    return (await runtime.api<ScalingBody>('GET', '/scaling/status')).body;
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} under load: everything in flight is answered, the exit code is 0, no process is left`, async () => {
      await start('slow.cjs', { args: ['-i', '2'] });
      const running = await pids();
      const clients = new KeepAliveClients(`${runtime.url}/sleep?ms=5`, 16);
      const slow = Array.from({ length: 8 }, () => answerOf(`${runtime.url}/sleep?ms=1500`));
      await until('8 slow requests in flight', async () => (await inFlight()) >= 8);
      await until('load', () => clients.answered > 100);
      runtime.process.kill(signal);

      expect(await Promise.all(slow)).to.deep.equal(Array(8).fill(200));
      await clients.ended;
      expect(clients.failures).to.deep.equal([]);
      expect(clients.closed).to.equal(16);
      expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
      expect(running.filter(isAlive)).to.deep.equal([]);
      expect(processesOf(runtime.directory)).to.deep.equal([]);
    });
  }

  it('a second SIGINT ends everything at once', async () => {
    await start('slow.cjs', { args: ['-i', '2'] });
    const running = await pids();
    const endless = answerOf(`${runtime.url}/sleep?ms=600000`);
    await until('a request in flight', async () => (await inFlight()) === 1);
    runtime.process.kill('SIGINT');
    await runtime.waitForLog(/^stopping \(SIGINT\)/);
    runtime.process.kill('SIGINT');

    expect(await endless).to.match(/^(socket hang up|read ECONNRESET)$/);
    await runtime.exited;
    await runtime.waitForLog('stopping at once (SIGINT)');
    expect(running.filter(isAlive)).to.deep.equal([]);
  });

  it('SIGTERM as early as it is listened to ends the start', async () => {
    runtime = await Runtime.spawn(fixture('slow.cjs'), { args: ['-i', '1'] });
    // Node has a handler of its own for SIGTERM; this one is ours, and set after ours for SIGTERM.
    await until('the handlers', () => catches(Number(runtime.process.pid), constants.signals.SIGTTOU));
    runtime.process.kill('SIGTERM');
    expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
    expect(processesOf(runtime.directory)).to.deep.equal([]);
  });

  it('SIGINT before the first worker is ready ends the start', async () => {
    runtime = await Runtime.spawn(fixture('never-ready.cjs'), { args: ['-i', '1', '--wait-ready'] });
    await runtime.waitForLog('worker 1 is starting');
    runtime.process.kill('SIGINT');
    expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
    expect(processesOf(runtime.directory)).to.deep.equal([]);
  });

  it('SIGHUP without a terminal reloads, and nobody notices', async () => {
    await start('slow.cjs', { args: ['-i', '2'], env: { CANARY_MS: '500' } });
    const before = await pids();
    const clients = new KeepAliveClients(`${runtime.url}/sleep?ms=5`, 4);
    runtime.process.kill('SIGHUP');
    const after = await until(
      'both workers are of the second generation',
      async () => {
        const { ready, workers } = await runtime.status();
        return ready === 2 && workers.length === 2 && workers.every(({ generation }) => generation === 2) && workers;
      },
      30_000,
    );
    await clients.stop();

    expect(runtime.process.exitCode).to.equal(null);
    expect(after.filter(({ pid }) => before.includes(pid as number))).to.deep.equal([]);
    expect(clients.failures).to.deep.equal([]);
    expect(clients.closed).to.equal(0);
    const { reload } = await runtime.status();
    expect(reload?.outcome).to.equal('done');
  });

  it('SIGTTIN adds a worker and SIGTTOU takes one away, as a pin of the usual length', async () => {
    await start('http.cjs', { args: ['-i', '2'], env: { MIN_INSTANCES: '1', MAX_INSTANCES: '3' } });
    runtime.process.kill('SIGTTIN');
    await runtime.waitForWorkers(3);
    const up = await scaling();
    expect(up.pin).to.include({ instances: 3, by: 'SIGTTIN' });
    expect(up.pin?.untilMs).to.be.closeTo(Date.now() + 300_000, 30_000);

    runtime.process.kill('SIGTTOU');
    await runtime.waitForWorkers(2);
    expect((await scaling()).pin).to.include({ instances: 2, by: 'SIGTTOU' });
  });

  it('SIGTTIN stops at the upper limit and SIGTTOU at one worker', async () => {
    await start('http.cjs', { args: ['-i', '1'], env: { MIN_INSTANCES: '1', MAX_INSTANCES: '1' } });
    runtime.process.kill('SIGTTIN');
    const refusal = await runtime.waitForLog(/^instances: given 2;/);
    expect(refusal).to.include({ level: 'warn' });
    runtime.process.kill('SIGTTOU');
    await until('the signal has been dealt with', async () => (await scaling()).pin?.by === 'SIGTTOU');
    expect(await scaling()).to.include({ desired: 1 });
    expect(await runtime.ready()).to.have.lengthOf(1);
  });

  it('SIGUSR2 does nothing and says so', async () => {
    await start('http.cjs', { args: ['-i', '1'] });
    const before = await pids();
    runtime.process.kill('SIGUSR2');
    await runtime.waitForLog(/^SIGUSR2: .* nothing was done$/);
    expect(await pids()).to.deep.equal(before);
  });
});
