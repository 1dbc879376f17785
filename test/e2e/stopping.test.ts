import { get } from 'node:http';
import { expect } from 'chai';
import { Runtime, START_SCALING, until } from '../helpers/runtime.ts';

describe('a runtime that is stopping', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  before(async () => {
    runtime = await Runtime.start(START_SCALING, {
      args: ['-i', '2', '--min', '1'],
      env: { SCALING_INTERVAL_MS: '100' },
    });
  });

  after(() => runtime?.kill());

  it('decides nothing any more', async () => {
    const answered = new Promise((resolve, reject) => {
      get(`${runtime.url}/api/io?ms=2000`, (response) =>
        response.resume().on('end', () => resolve(response.statusCode)),
      ).on('error', reject);
    });
    await until('the request in flight', async () => {
      const { body } = await runtime.api<{ upstreams: { inFlight: number }[] }>('GET', '/loadbalancer/status');
      return body.upstreams.some(({ inFlight }) => inFlight > 0);
    });
    runtime.process.kill('SIGTERM');

    expect(await answered).to.equal(200);
    expect(await runtime.exited).to.deep.equal({ code: 0, signal: null });
    const stoppedAt = runtime.logs.findIndex(({ message }) => String(message).startsWith('stopping'));
    const after = runtime.logs.slice(stoppedAt).map(({ message }) => String(message));
    expect(after.filter((message) => message.startsWith('scaling:'))).to.deep.equal([]);
  });
});
