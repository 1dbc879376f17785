import { expect } from 'chai';
import { useCli } from '../helpers/cli-bench.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, ruleStanding, scalingStatus, useRules } from '../helpers/scaling-bench.ts';

/** Holds always: the scaler wants one less whenever it may. */
const ALWAYS_LESS = {
  name: 'always-less',
  metric: 'cpu',
  windowMs: 1_000,
  operator: 'lte',
  threshold: 90,
  action: 'scale-down',
  scaleAmount: 1,
  cooldownPeriod: 0,
};

describe('a worker whose figures are missing', function () {
  this.timeout(90_000);
  const { run } = useCli();
  const rulesFile = useRules();
  let runtime: Runtime;
  let stopped: number;

  beforeEach(async () => {
    runtime = await Runtime.start(fixture('http.cjs'), {
      args: ['-i', '3'],
      env: {
        ...rulesFile(ALWAYS_LESS),
        MIN_INSTANCES: '1',
        MAX_INSTANCES: '3',
        SCALING_INTERVAL_MS: '250',
        SCALE_DOWN_STABILIZATION_MS: '1000',
      },
    });
    await runtime.api('POST', '/scaling/pause', { reason: 'until a worker is silent' });
    const [worker] = await runtime.ready();
    stopped = worker?.pid as number;
    process.kill(stopped, 'SIGSTOP');
    await until(
      'its figures count as missing',
      async () => (await scalingStatus(runtime)).missing.some(({ what }) => what === `worker ${worker?.id}`),
      30_000,
    );
  });
  afterEach(() => runtime.kill());

  it('nothing shrinks while it is silent; once it speaks again, idleness takes workers away', async () => {
    await runtime.api('POST', '/scaling/resume', {});
    const { id } = (await decision(runtime, 'last')).record;
    // Five seconds of decisions: five times the stabilization window.
    await until('twenty decisions', async () => (await decision(runtime, 'last')).record.id > id + 20, 30_000);
    expect(await runtime.status()).to.include({ desired: 3, ready: 3 });
    expect(await scalingStatus(runtime)).to.deep.include({ actions: [], paused: null });
    expect(await ruleStanding(runtime, 'always-less')).to.include({ status: 'holds', wants: 'down' });

    const { stdout } = await run(['explain'], { TIDEGATE_RUNTIME_DIR: runtime.directory });
    expect(stdout).to.match(/^Decision \d+ at \S+: hold, blocked:missing-metrics \(figures are missing\)$/m);
    expect(stdout).to.match(/^Held at 3 workers: .*no figures of worker \d+\.$/m);
    expect(stdout).to.match(/^ {2}blocked:missing-metrics: there are no figures of worker \d+$/m);
    expect(stdout).to.match(/^ {2}worker \d+, for \d+ s$/m);

    process.kill(stopped, 'SIGCONT');
    await runtime.waitForWorkers(1, 30_000);
    const { actions } = await scalingStatus(runtime);
    expect(actions.map(({ before, desired, rule }) => ({ before, desired, rule }))).to.deep.equal([
      { before: 2, desired: 1, rule: 'always-less' },
      { before: 3, desired: 2, rule: 'always-less' },
    ]);
  });

  it('a person may still scale by hand meanwhile', async () => {
    await runtime.api('POST', '/scaling/resume', {});
    const { status, body } = await runtime.api('POST', '/scaling/manual', { instances: 2, reason: 'I know better' });
    expect(status).to.equal(202);
    expect(body).to.include({ action: 'scale-down', reason: 'pin', before: 3, desired: 2 });
    process.kill(stopped, 'SIGCONT');
    await runtime.waitForWorkers(2, 40_000);
  });
});
