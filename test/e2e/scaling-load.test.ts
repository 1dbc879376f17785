import { expect } from 'chai';
import { Runtime, START_SCALING, until } from '../helpers/runtime.ts';
import { decision, scalingStatus, useRules } from '../helpers/scaling-bench.ts';
import { SteadyLoad } from '../helpers/steady-load.ts';

const RULE = { metric: 'cpu', windowMs: 1_000, cooldownPeriod: 2_000, scaleAmount: 1 };
/** While others load the machine as well, its cores come late and the scaler rightly adds no worker: then there is nothing to see. */
const PATIENCE_MS = 45_000;

describe('scaling under processor load', function () {
  this.timeout(4 * PATIENCE_MS);
  const rulesFile = useRules();
  let runtime: Runtime;
  let load: SteadyLoad;

  beforeEach(async () => {
    const rules = rulesFile(
      { ...RULE, name: 'cpu-high', operator: 'gte', threshold: 20, action: 'scale-up' },
      { ...RULE, name: 'cpu-low', operator: 'lte', threshold: 6, action: 'scale-down' },
    );
    runtime = await Runtime.start(START_SCALING, {
      args: ['-i', '1'],
      env: {
        ...rules,
        SCALING_MODE: 'rules',
        MIN_INSTANCES: '1',
        MAX_INSTANCES: '2',
        SCALE_DOWN_STABILIZATION_MS: '3000',
      },
    });
    load = new SteadyLoad(`${runtime.url}/api/cpu?ms=10`, 10);
  });
  afterEach(async () => {
    await load.stop();
    await runtime.kill();
  });

  it('one busy worker becomes two, idleness makes them one again, and no request fails (needs a free core)', async function () {
    load.add(1);
    const deadlineMs = Date.now() + PATIENCE_MS;
    const outcome = await until(
      'a scale-up',
      async () => {
        const { actions, guards } = await scalingStatus(runtime);
        const noCore = guards.some(({ reason }) => reason === 'blocked:cpu') && Date.now() > deadlineMs;
        return actions.find(({ rule }) => rule === 'cpu-high') ?? (noCore && 'no free core');
      },
      2 * PATIENCE_MS,
    );
    if (outcome === 'no free core') return this.skip();
    const up = outcome;
    expect(up).to.include({ action: 'scale-up', reason: 'rule', before: 1, desired: 2 });
    await runtime.waitForWorkers(2);
    const { record } = await decision(runtime, up.id);
    const verdict = record.rules.find(({ name }) => name === 'cpu-high');
    expect(verdict).to.include({ status: 'holds', confirmations: 3, requiredConfirmations: 3 });
    expect(verdict?.value).to.be.within(20, 110);

    await load.stop();
    await runtime.waitForWorkers(1, PATIENCE_MS);
    const [down] = (await scalingStatus(runtime)).actions;
    expect(down).to.include({ action: 'scale-down', reason: 'rule', rule: 'cpu-low', before: 2, desired: 1 });
    expect(load.failures).to.deep.equal([]);
  });
});
