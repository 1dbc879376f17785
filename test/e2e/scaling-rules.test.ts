import { expect } from 'chai';
import { useCli } from '../helpers/cli-bench.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, ruleStanding, scalingStatus, useRules } from '../helpers/scaling-bench.ts';
import { SteadyLoad } from '../helpers/steady-load.ts';

const COOLDOWN_MS = 15_000;
const STABILIZATION_MS = 6_000;
// Busy event loops without busy cores: what the tests of other files do at the same time does not matter.
const RULE = { metric: 'elu', windowMs: 1_000, scaleAmount: 1 };
const UP = { ...RULE, name: 'elu-high', operator: 'gte', threshold: 35, action: 'scale-up', priority: 9 };
const DOWN = { ...RULE, name: 'elu-low', operator: 'lte', threshold: 12, action: 'scale-down', priority: 1 };

describe('scaling by rules, as event loops are busy or idle', function () {
  this.timeout(120_000);
  const { run } = useCli();
  const rulesFile = useRules();
  let runtime: Runtime;
  let load: SteadyLoad;

  beforeEach(async () => {
    const rules = rulesFile({ ...UP, cooldownPeriod: COOLDOWN_MS }, { ...DOWN, cooldownPeriod: 1_000 });
    runtime = await Runtime.start(fixture('slow.cjs'), {
      args: ['-i', '1'],
      env: {
        ...rules,
        SCALING_MODE: 'rules',
        MIN_INSTANCES: '1',
        MAX_INSTANCES: '3',
        SCALING_INTERVAL_MS: '250',
        SCALE_DOWN_STABILIZATION_MS: String(STABILIZATION_MS),
      },
    });
    load = new SteadyLoad(`${runtime.url}/block?ms=40`, 20);
  });
  afterEach(async () => {
    await load.stop();
    await runtime.kill();
  });

  async function explained(id: number): Promise<string> {
    const { code, stdout, stderr } = await run(['explain', String(id)], { TIDEGATE_RUNTIME_DIR: runtime.directory });
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    return stdout;
  }

  it('adds a worker for load, cools down, and takes it away when idle for the stabilization window', async () => {
    load.add(1);
    const action = await until('a scale-up', async () => (await scalingStatus(runtime)).actions[0], 45_000);
    expect(action).to.include({ action: 'scale-up', reason: 'rule', rule: 'elu-high', before: 1, desired: 2 });
    await runtime.waitForWorkers(2);
    const why = (await decision(runtime, action.id)).explanation.join('\n');
    expect(why).to.match(/^Scaled up from 1 to 2: elu-high \(elu \S+ %, ≥ 35 %\)\.$/m);
    expect(why).to.match(/^ {2}elu-high: elu \S+ % \(mean of 1 s\), holds \(≥ 35 %\), wants 2/m);

    // More load than two workers bear calls for a third, and the cooldown holds it back.
    load.add(3);
    const waiting = await until(
      'a rule that waits for its cooldown',
      async () => {
        const standing = await ruleStanding(runtime, 'elu-high');
        return standing?.waitsFor === 'cooldown' && standing;
      },
      COOLDOWN_MS,
    );
    expect(waiting).to.include({ cooldown: 'cooling', target: 3 });
    expect(waiting.cooldownLeftMs).to.be.within(1, COOLDOWN_MS);
    const cooling = await scalingStatus(runtime);
    expect(cooling).to.include({ desired: 2, recommended: 3 });
    expect(await explained(cooling.decisions[0]?.id as number)).to.match(
      /^ {2}elu-high: .* wants 3, waits: cooldown, cooldown \d+ s left$/m,
    );

    await load.stop();
    const steadying = await until(
      'a scale-down that waits for the window',
      async () => {
        const status = await scalingStatus(runtime);
        const low = status.rules.find(({ name }) => name === 'elu-low');
        return low?.wants === 'down' && (status.stabilization?.leftMs ?? 0) > 0 && status;
      },
      30_000,
    );
    expect(steadying.stabilization).to.include({ windowMs: STABILIZATION_MS });
    expect(steadying.stabilization?.maxRecommendation).to.be.above(1);
    const brake = await until('the decision that says so', async () => {
      const { decisions } = await scalingStatus(runtime);
      return decisions.find(({ reason }) => reason === 'stabilization');
    });
    const held = await explained(brake.id);
    expect(held).to.match(
      /^Held at [23] workers: elu-low wants [12] \(.*\), but [23] workers were recommended within the last 6 s\.$/m,
    );
    expect(held).to.match(
      /^Stabilization: at most [23] workers recommended within 6 s; fewer than [23] not before \d+ s$/m,
    );

    await runtime.waitForWorkers(1, 60_000);
    const [last] = (await scalingStatus(runtime)).actions;
    expect(last).to.include({ action: 'scale-down', reason: 'rule', rule: 'elu-low', desired: 1 });
    expect(load.failures).to.deep.equal([]);
  });

  it('never passes its limits, and says that it is the limit that holds it', async () => {
    await runtime.api('POST', '/scaling/manual', { instances: 3 });
    await runtime.waitForWorkers(3);
    await runtime.api('POST', '/scaling/resume', {});
    load.add(6);
    const limited = await until(
      'a rule that wants more than the limit',
      async () => {
        const { record } = await decision(runtime, 'last');
        return record.clamps.some(({ why }) => why === 'limit:max') && record;
      },
      45_000,
    );
    expect(limited).to.include({ action: 'hold', before: 3, desired: 3 });
    expect(limited.clamps[0]).to.include({ before: 4, after: 3, why: 'limit:max' });
    expect(await runtime.ready()).to.have.lengthOf(3);
  });
});
