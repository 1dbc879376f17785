import net from 'node:net';
import { expect } from 'chai';
import { isAlive } from '../helpers/processes.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

describe('a runtime that is told to stop while something is under way', function () {
  this.timeout(20_000);
  let runtime: Runtime;
  afterEach(() => runtime.kill());

  it('does not wait for the end of a comparison of versions', async () => {
    runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '1'], env: { CANARY_MS: '600000' } });
    runtime.process.kill('SIGHUP');
    await runtime.waitForLog(/^reload: comparing new worker/);
    expect(await runtime.stop()).to.deep.equal({ code: 0, signal: null });
  });

  it('keeps the exit code of a start that has failed', async () => {
    runtime = await Runtime.spawn(fixture('throws-at-start.cjs'), {
      args: ['-i', '1'],
      env: { RESTART_BACKOFF_MS: '150' },
    });
    const { controlUrl } = await runtime.waitForLog(/^control API/);
    // A request under way, for which the control API stays a while.
    const { host, port } = new URL(String(controlUrl));
    const client = net.connect(Number(port), '127.0.0.1').on('error', () => {});
    const head = [
      'POST /scaling/manual HTTP/1.1',
      `Host: ${host}`,
      'Content-Type: application/json',
      'Content-Length: 100',
    ];
    client.write(`${head.join('\r\n')}\r\n\r\n{`);
    await until('the start has failed', () => runtime.output.includes('could not be started'));
    runtime.process.kill('SIGTERM');
    expect(await runtime.exited).to.deep.equal({ code: 1, signal: null });
    expect(runtime.output).to.include('stopping (SIGTERM)');
    client.destroy();
  });

  it('ends at once at the second signal, whatever a gateway’s clients are sending', async () => {
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '1'],
      env: { LB_MODE: 'http', DRAIN_TIMEOUT_MS: '600000' },
    });
    const { pid, workers } = await runtime.status();
    const client = net.connect(runtime.port, '127.0.0.1').on('error', () => {});
    client.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\nno more');
    await until('the gateway has the request', async () => {
      const { body } = await runtime.api<{ gateways: { connections: number }[] }>('GET', '/loadbalancer/status');
      return body.gateways[0]?.connections === 1;
    });
    runtime.process.kill('SIGINT');
    await runtime.waitForLog(/^stopping \(SIGINT\)/);
    runtime.process.kill('SIGINT');
    await runtime.exited;
    client.destroy();
    expect([pid, ...workers.map((worker) => Number(worker.pid))].filter(isAlive)).to.deep.equal([]);
  });
});
