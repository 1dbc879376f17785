import { availableParallelism } from 'node:os';
import { expect } from 'chai';
import { openLoop, p95PerSecond } from '../../benchmarks/load/open-loop.ts';
import { useCli } from '../helpers/cli-bench.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, scalingStatus } from '../helpers/scaling-bench.ts';

/** A light steady load and a heavy one, for a service that holds its event loop for 20 ms without using a core. */
const LIGHT = 20;
const HEAVY = 110;

describe('scaling by demand', function () {
  this.timeout(120_000);
  const { run } = useCli();
  let runtime: Runtime;

  async function start(given: Record<string, string> = {}): Promise<void> {
    runtime = await Runtime.start(fixture('slow.cjs'), {
      args: ['-i', '1'],
      env: { MIN_INSTANCES: '1', MAX_INSTANCES: '4', SCALING_INTERVAL_MS: '500', STATE_ENABLED: 'false', ...given },
    });
  }
  afterEach(() => runtime.kill());

  it('adds the workers that a step needs, says why everywhere alike, and gives them up when it is over', async () => {
    await start({ SCALE_DOWN_STABILIZATION_MS: '4000' });
    const arrivals = await openLoop(`${runtime.url}/block?ms=20`, [
      { requestsPerSecond: LIGHT, durationMs: 5_000 },
      { requestsPerSecond: HEAVY, durationMs: 16_000 },
    ]);
    const { actions, offeredLoadErlangs, need, forecast, mode, demand } = await scalingStatus(runtime);
    expect(mode).to.equal('auto');
    expect(forecast.enabled).to.equal(true);
    expect(offeredLoadErlangs).to.be.above(1);
    expect(need).to.be.within(2, 4);
    expect(demand?.serviceMs).to.be.within(15, 40);
    const first = actions.at(-1);
    expect(first?.reason).to.be.oneOf(['demand', 'panic', 'forecast']);
    expect(first).to.include({ action: 'scale-up', before: 1, rule: null });
    // The load is borne: in the end requests wait no longer than the objective (other tests may take the cores for a second).
    expect(Math.min(...p95PerSecond(arrivals).slice(-6))).to.be.below(500);

    const { record, explanation } = await decision(runtime, first?.id as number);
    expect(record.need).to.equal(record.demand?.need);
    expect(record.demand?.startMs).to.be.within(20, 10_000);
    expect(explanation.join('\n')).to.match(/^Demand: \S+ erlangs .* workers? needed/m);
    const explained = await run(['explain', String(first?.id)], { TIDEGATE_RUNTIME_DIR: runtime.directory });
    expect(explained.stdout).to.contain(explanation.join('\n'));
    const logged = runtime.logs.filter(({ decision: id }) => id === first?.id);
    expect(logged.map(({ message, reason }) => [message, reason])).to.deep.equal([
      [`scaling: ${first?.sentence}`, first?.reason],
    ]);
    expect(runtime.logs.filter(({ message }) => /workers? wanted/.test(String(message)))).to.have.lengthOf(1);
    const metrics = await (await fetch(`${runtime.controlUrl}/metrics`)).text();
    expect(metrics)
      .to.match(/^tidegate_scaling_need \d+$/m)
      .and.match(/^tidegate_scaling_offered_load_erlangs [\d.]+$/m);

    await runtime.waitForWorkers(1, 60_000);
    const [last] = (await scalingStatus(runtime)).actions;
    expect(last).to.include({ action: 'scale-down', desired: 1 });
  });

  it('adds none when what the app waits for becomes twenty times slower', async () => {
    await start();
    const paced = (ms: number, durationMs: number) =>
      openLoop(`${runtime.url}/sleep?ms=${ms}`, [{ requestsPerSecond: 40, durationMs }]);
    await paced(40, 4_000);
    const slow = paced(800, 14_000);
    const guarded = await until(
      'the guard',
      async () => {
        const { record } = await decision(runtime, 'last');
        return record.guards.some(({ reason }) => reason === 'blocked:downstream') && record;
      },
      20_000,
    );
    expect(guarded.wouldChange.join('\n')).to.match(/^blocked:downstream ends when .*; now p95 is/m);
    await slow;
    expect((await scalingStatus(runtime)).actions).to.deep.equal([]);
    expect(await runtime.status()).to.include({ desired: 1 });
  });

  it('recycles a worker that leaks, and starts none beside it', async () => {
    await start({ MAX_MEMORY_RESTART_BYTES: '150M' });
    const [worker] = await runtime.ready();
    for (let grown = 0; grown < 6; grown += 1) await fetch(`${runtime.url}/leak?mb=25`);
    await until(
      'another worker in its place',
      async () => {
        const ready = await runtime.ready();
        return ready.length === 1 && ready[0]?.pid !== worker?.pid;
      },
      60_000,
    );
    expect((await scalingStatus(runtime)).actions).to.deep.equal([]);
    expect(await runtime.status()).to.include({ desired: 1 });
  });

  it('with more workers allowed than there are cores, settles at the cores and says why (needs at most 4 cores)', async function () {
    const cores = availableParallelism();
    if (cores > 4) return this.skip();
    await start({ MAX_INSTANCES: String(4 * cores) });
    // Work for half as many cores again as there are.
    const load = openLoop(`${runtime.url}/burn?ms=30`, [{ requestsPerSecond: 50 * cores, durationMs: 40_000 }]);
    const held = await until(
      'a decision that the cores hold',
      async () => {
        const { decisions } = await scalingStatus(runtime);
        return decisions.find(({ reason }) => reason === 'blocked:cpu');
      },
      40_000,
    );
    expect(held.sentence).to.match(/^Held at \d workers?: demand wants \d+ \(.*\), but .*cores?\b/);
    await load;
    const { actions, desired } = await scalingStatus(runtime);
    expect(Math.max(...actions.map((action) => action.desired))).to.equal(cores);
    expect(desired).to.equal(cores);
  });
});
