import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { createPolicy } from '../../../src/scaling/autoscale/policy.ts';
import { policyFor, tidegateController } from '../../../src/scaling/simulate/controllers/tidegate.ts';
import { runFleet } from '../../../src/scaling/simulate/fleet/run.ts';
import { Recorder } from '../../../src/scaling/simulate/recording/recorder.ts';
import { factsOf, steady, workloadOf } from '../scaling/simulate/scenario.ts';
import { runCli } from './cli-run.ts';

describe('tidegate simulate', () => {
  let directory: string;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tidegate-simulate-')));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (file: string, text: string): void => writeFileSync(path.join(directory, file), text);
  const simulate = (...args: readonly string[]) => runCli(['simulate', ...args], directory);

  /** One short run of a trace. */
  function short(...args: readonly string[]) {
    const rows = Array.from({ length: 40 }, (_, second) => `${second},${second < 20 ? 10 : 50}`);
    write('load.csv', `time_s,requests\n${rows.join('\n')}\n`);
    const load = ['--workload', 'none', '--trace', 'load.csv', '--peak', '3'];
    return simulate(...load, '--seeds', '1', '--profile', 'api', '--start', '1', '--threads', '1', ...args);
  }

  it('prints a table with the goal, and writes a page with pictures', async () => {
    const { code, stdout, stderr } = await short('--baselines', 'knative,fixed', '--no-tuned', '--html', 'report.html');
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    for (const name of ['tidegate', 'tidegate rules', 'knative', 'fixed', 'oracle']) {
      expect(stdout).to.match(new RegExp(`^${name} +\\d+\\.\\d\\d `, 'm'));
    }
    expect(stdout).to.match(/^Goal: \d of \d met/m);
    expect(stdout).to.contain(`Report with pictures: ${path.join(directory, 'report.html')}\n`);
    expect(readFileSync(path.join(directory, 'report.html'), 'utf8')).to.contain('<svg');
  });

  it('prints one JSON object with --json, the same for the same seed', async () => {
    const runs = [await short('--json', '--baselines', 'none'), await short('--json', '--baselines', 'none')];
    expect(runs[0]).to.deep.equal(runs[1]);
    const report = JSON.parse(runs[0]?.stdout ?? '');
    expect(report.cells).to.have.length(1);
    expect(report.cells[0]).to.deep.include({ seed: 1, startMs: 1_000, cores: 16 });
    expect(report.workloads.map((row: { contestant: string }) => row.contestant)).to.include('tidegate rules');
    const other = await short('--json', '--baselines', 'none', '--seed', '2');
    expect(other.stdout).to.not.equal(runs[0]?.stdout);
  });

  it('judges the first policy of a file', async () => {
    write('calm.json', '{"scaleDownStabilizationMs": 300000}');
    const { code, stdout } = await short('--policy', 'calm.json,auto', '--baselines', 'none');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^tidegate calm +\d/m);
  });

  it('refuses what is not there, and says what is', async () => {
    const refused = async (args: readonly string[], message: RegExp, expected = 2): Promise<void> => {
      const { code, stdout, stderr } = await simulate(...args);
      expect({ code, stdout }, args.join(' ')).to.deep.equal({ code: expected, stdout: '' });
      expect(stderr).to.match(message);
      expect(stderr.trimEnd()).to.not.contain('\n');
    };
    await refused(['--workload', 'stp'], /^--workload: "stp" is not there; there are constant, step, ramp/);
    await refused(['--baselines', 'k8s'], /^--baselines: "k8s" is not there; there are hpa, keda/);
    await refused(['--profile', 'x'], /^--profile: "x" is not there; there are api, io, heavy, and .json files/);
    await refused(['--start', 'soon'], /^--start: "soon" is not allowed/);
    await refused(['--seeds', '0'], /^--seeds: "0" is not allowed/);
    await refused(['--min', '5', '--max', '2'], /^--min \(5\) is above --max \(2\)/);
    await refused(['--policy', 'fast'], /^--policy: "fast" is not allowed; give auto, rules or a .json file/);
    await refused(['--workload', 'none', '--trace', 'none'], /^No workload is left to run/);
    await refused(['--trace', 'gone.csv'], /gone.csv can't be read: ENOENT/, 1);
    write('broken.json', '{"tolerence": 1}');
    await refused(['--policy', 'broken.json'], /broken.json: tolerence: there is no such field/, 1);
    expect(existsSync(path.join(directory, 'report.html'))).to.equal(false);
  });

  describe('--replay', () => {
    beforeEach(() => {
      const workload = workloadOf([...steady(0.6, 20), ...steady(4, 40)]);
      const facts = factsOf(workload, { initial: 1 });
      const policy = policyFor(createPolicy([], facts.limits), facts);
      const lines: string[] = [];
      const recorder = new Recorder((line) => lines.push(line), policy, facts.initial);
      runFleet(
        { workload, facts, seed: 1, onRound: (seen, record) => record !== undefined && recorder.note(seen, record) },
        tidegateController(policy, facts.initial),
      );
      // The last line is cut, as when the machine went down while it was written.
      write('run.ndjson', `${lines.join('\n')}\n{"t":17672`);
    });

    it('says that every record is the same', async () => {
      const { code, stdout } = await simulate('--replay', 'run.ndjson');
      expect(code).to.equal(0);
      // One in each second, and those that saturated workers asked for before their time.
      expect(stdout).to.match(
        /^(6\d|7\d) decisions from 2026-01-01T00:00:01.000Z to .*; \1 records are identical to the byte\.\n/,
      );
      expect(stdout).to.contain('Nowhere does it want another number than was recorded.');
    });

    it('lists where another policy differs', async () => {
      write('small.json', '{"limits": {"max": 2}}');
      const { code, stdout } = await simulate('--replay', 'run.ndjson', '--policy', 'small.json', '--json');
      expect(code).to.equal(0);
      const { differences } = JSON.parse(stdout);
      expect(differences).to.not.be.empty;
      for (const { recorded, replayed } of differences) expect([recorded > 2, replayed]).to.deep.equal([true, 2]);
      const text = await simulate('--replay', 'run.ndjson', '--policy', 'small.json');
      expect(text.stdout).to.match(/^from +seconds +recorded +replayed +why$/m);
    });

    it('refuses what is no recording', async () => {
      write('other.ndjson', '{"a":1}\n');
      expect(await simulate('--replay', 'other.ndjson')).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'line 1: "{\\"a\\":1}" is no line of a recording\n',
      });
      expect((await simulate('--replay', 'gone.ndjson')).stderr).to.match(/ENOENT/);
    });
  });
});
