import { expect } from 'chai';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, scalingStatus } from '../helpers/scaling-bench.ts';

describe('the scaler of an instance that has just started', function () {
  this.timeout(60_000);
  let runtime: Runtime;

  afterEach(() => runtime.kill());

  it('leaves the workers that were asked for as they are, however early it decides', async () => {
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '3', '--min', '1', '--max', '4'],
      env: { SCALING_INTERVAL_MS: '100' },
    });
    await until('ten decisions', async () => {
      const { decisions } = await scalingStatus(runtime);
      return (decisions[0]?.id ?? 0) >= 10;
    });
    expect((await scalingStatus(runtime)).actions).to.deep.equal([]);
    expect(await runtime.status()).to.include({ desired: 3, ready: 3 });
    const wanted = runtime.logs.filter(({ message }) => /^\d+ workers? wanted/.test(String(message)));
    expect(wanted.map(({ message }) => message)).to.deep.equal(['3 workers wanted (start)']);
    expect((await decision(runtime, 'last')).record).to.include({ action: 'hold', desired: 3 });
  });
});
