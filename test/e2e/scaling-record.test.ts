import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { useCli } from '../helpers/cli-bench.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { decision, scalingStatus, useRules } from '../helpers/scaling-bench.ts';
import { ELU_RULE } from '../helpers/scaling-situations.ts';
import { SteadyLoad } from '../helpers/steady-load.ts';

const UP = { ...ELU_RULE, cooldownPeriod: 5_000 };

describe('a live run that is recorded beside shadow policies', function () {
  this.timeout(60_000);
  const { run } = useCli();
  const rulesFile = useRules();
  let directory: string;
  let runtime: Runtime;
  let load: SteadyLoad;

  const file = (name: string): string => path.join(directory, name);
  const policyFile = (name: string, policy: object): string => {
    writeFileSync(file(name), JSON.stringify(policy));
    return file(name);
  };

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-record-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('replays to the same bytes, and what the shadow policy said is what its replay says', async () => {
    const frugal = policyFile('frugal.json', { rules: [{ ...UP, threshold: 99 }] });
    runtime = await Runtime.start(fixture('slow.cjs'), {
      args: ['-i', '1'],
      env: {
        ...rulesFile(UP),
        SCALING_MODE: 'rules',
        MIN_INSTANCES: '1',
        MAX_INSTANCES: '3',
        SCALING_INTERVAL_MS: '250',
        STATE_ENABLED: 'false',
        RECORD_FILE: file('run.ndjson'),
        SHADOW_POLICY: frugal,
      },
    });
    load = new SteadyLoad(`${runtime.url}/block?ms=40`, 20);
    try {
      load.add(1);
      const action = await until('a scale-up', async () => (await scalingStatus(runtime)).actions[0], 30_000);
      const { shadow } = await scalingStatus(runtime);
      expect(shadow.enabled).to.equal(true);
      expect(shadow.policies[0]).to.deep.include({ name: 'frugal', fewer: 1, more: 0 });
      expect(shadow.policies[0]?.lastDifference).to.include({ live: 2, desired: 1 });
      const why = (await decision(runtime, action.id)).explanation.join('\n');
      expect(why).to.match(/^Other policies would have decided:\n {2}frugal: 1 instead of 2\. Held at 1 worker: /m);
      const metrics = await (await fetch(`${runtime.controlUrl}/metrics`)).text();
      expect(metrics).to.contain('tidegate_shadow_differences_total{policy="frugal",wanted="fewer"} 1');
      expect(metrics).to.match(/^tidegate_shadow_desired\{policy="frugal"\} [12]$/m);
      const shown = await run(['status'], { TIDEGATE_RUNTIME_DIR: runtime.directory });
      expect(shown.stdout).to.match(/^ {2}shadow +frugal: \S.*Held at /m);
      await runtime.api('POST', '/scaling/manual', { instances: 3, reason: 'sale' });
      await runtime.waitForWorkers(3);
    } finally {
      await load.stop();
      await runtime.stop();
    }
    const recorded = readFileSync(file('run.ndjson'), 'utf8').split('\n').length;
    expect(recorded).to.be.above(10);
    const again = await run(['simulate', '--replay', file('run.ndjson')]);
    expect({ code: again.code, stderr: again.stderr }).to.deep.equal({ code: 0, stderr: '' });
    const [, decisions, identical] = /^(\d+) decisions from .*; (\d+) records are identical/.exec(again.stdout) ?? [];
    expect(identical).to.equal(decisions);
    expect(again.stdout).to.contain('Nowhere does it want another number than was recorded.');

    const other = await run(['simulate', '--replay', file('run.ndjson'), '--policy', frugal]);
    expect(other.stdout).to.contain('It wants another number 1 times:');
    expect(other.stdout).to.match(/ 2 +1 +Held at 1 worker: /);
  });

  it('is not begun with a shadow policy that can not be used, and the message says why', async () => {
    const cases: readonly (readonly [policy: object, message: RegExp])[] = [
      [{ scaleDownWindow: 1 }, /SHADOW_POLICY: \S+: scaleDownWindow: there is no such field; there are enabled, /],
      [{ mode: 'fast' }, /SHADOW_POLICY: \S+: mode: given "fast"; must be auto or rules/],
      [{ rules: [{ ...UP, threshold: 'x' }] }, /SHADOW_POLICY: \S+: .*threshold/],
    ];
    for (const [policy, message] of cases) {
      const env = { SHADOW_POLICY: policyFile('bad.json', policy) };
      runtime = await Runtime.spawn(fixture('http.cjs'), { env });
      expect(await runtime.exited).to.deep.equal({ code: 2, signal: null });
      expect(runtime.output).to.match(message);
    }
  });
});
