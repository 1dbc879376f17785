import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { CATALOGUE } from '../../src/scaling/metrics/catalogue.ts';
import { isInstalled, type Rule, ruleFiles, source, yaml } from '../helpers/prometheus.ts';
import { ROOT } from '../helpers/runtime.ts';

const TESTS = 'deploy/prometheus/tests';

interface TestFile {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[];
    }[];
  }[];
}

/** Runs a checker in the checkout; its words when it objects, else an empty text. */
function objections(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
  return status === 0 ? '' : `${stdout}${stderr}`;
}

const rules = (): readonly Rule[] =>
  [...ruleFiles().values()].flatMap(({ groups }) => groups.flatMap((group) => group.rules));
const alerts = (): readonly Rule[] => rules().filter(({ alert }) => alert !== undefined);
const testFiles = (): readonly string[] => readdirSync(path.join(ROOT, TESTS)).map((name) => `${TESTS}/${name}`);

describe('the files of the monitoring', () => {
  it('satisfy promtool: configuration and rules (needs promtool)', function () {
    if (!isInstalled('promtool')) return this.skip();
    expect(objections('promtool', 'check', 'config', 'prometheus.yml')).to.equal('');
  });

  it('fire each alert at the right time and not below its threshold (needs promtool)', function () {
    this.timeout(30_000);
    if (!isInstalled('promtool')) return this.skip();
    expect(objections('promtool', 'test', 'rules', ...testFiles())).to.equal('');
  });

  it('satisfy amtool, and send what is critical to the people on call (needs amtool)', function () {
    if (!isInstalled('amtool')) return this.skip();
    const file = 'deploy/alertmanager/alertmanager.yml';
    expect(objections('amtool', 'check-config', file)).to.equal('');
    const routes = ['config', 'routes', 'test', `--config.file=${file}`];
    expect(objections('amtool', ...routes, '--verify.receivers=on-call', 'severity=critical')).to.equal('');
    expect(objections('amtool', ...routes, '--verify.receivers=operators', 'severity=warning')).to.equal('');
  });

  it('test each alert twice at least: that it fires, and that it is silent', () => {
    const tested = testFiles().flatMap((file) =>
      yaml<TestFile>(file).tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test),
    );
    const names = (fires: boolean): string[] => [
      ...new Set(tested.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname)),
    ];
    const known = alerts().map(({ alert }) => alert as string);
    expect(names(true)).to.have.members(known);
    expect(names(false)).to.have.members(known);
  });

  it('say of each alert how bad it is, what it means and what to do', () => {
    const headings = new Set(
      [...source('deploy/prometheus/RUNBOOKS.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading?.toLowerCase()),
    );
    for (const { alert, labels = {}, annotations = {} } of alerts()) {
      expect(labels.severity, `${alert}: severity`).to.be.oneOf(['critical', 'warning']);
      expect(Object.keys(annotations), alert).to.include.members(['summary', 'description', 'runbook']);
      const [file, anchor] = annotations.runbook?.split('#') ?? [];
      expect(file).to.equal('deploy/prometheus/RUNBOOKS.md');
      expect(anchor).to.equal(alert?.toLowerCase());
      expect(headings, `a section for ${alert}`).to.include(anchor);
    }
  });

  it('go by metrics of the runtime that exist', () => {
    // What the scaler of a stack tells has a catalogue of its own.
    const ofStack = /^tidegate_(stack_|capacity_)/;
    const known = new Set(CATALOGUE.map(({ name }) => name));
    const used = new Set(rules().flatMap(({ expr }) => expr.match(/(?<![\w:])tidegate_[a-z_]+(?!\w*:)/g) ?? []));
    const unknown = [...used]
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''))
      .filter((name) => !ofStack.test(name) && !known.has(name));
    expect(unknown).to.deep.equal([]);
    expect(used.size).to.be.above(10);
  });
});
