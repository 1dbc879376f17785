import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { useCli } from '../helpers/cli-bench.ts';
import { freePort } from '../helpers/free-port.ts';
import { isAlive, processesOf } from '../helpers/processes.ts';
import { fixture, Runtime } from '../helpers/runtime.ts';

const APP = fixture('http.cjs');

describe('a start that can’t be', function () {
  this.timeout(60_000);
  const { run, runtimeDir } = useCli();

  /** Expects that nothing was started, nothing is on stdout, and stderr has exactly these lines. */
  async function refused(
    args: readonly string[],
    code: 1 | 2,
    lines: readonly RegExp[],
    env: Record<string, string> = {},
  ): Promise<void> {
    const outcome = await run(['start', ...args], { MANAGEMENT_PORT: '0', PORT: '0', ...env });
    expect({ code: outcome.code, stdout: outcome.stdout }, outcome.stderr).to.deep.equal({ code, stdout: '' });
    const said = outcome.stderr.replace(/\n$/, '').split('\n');
    expect(said, outcome.stderr).to.have.lengthOf(lines.length);
    lines.forEach((line, index) => {
      expect(said[index]).to.match(line);
    });
    expect(outcome.stderr).to.not.match(/Something went wrong|^\s+at /m);
    expect(processesOf(runtimeDir())).to.deep.equal([]);
  }

  /** A file in the test's own directory. */
  function file(name: string, content: string): string {
    const where = path.join(runtimeDir(), name);
    writeFileSync(where, content);
    return where;
  }

  describe('wrong usage: exit code 2', () => {
    it('an unknown flag, with the one that was meant', () =>
      refused([APP, '--instnces', '3'], 2, [/^Unknown option '--instnces' \(Did you mean --instances\?\)/]));

    it('an unknown verb', async () => {
      expect(await run(['strat', APP])).to.deep.equal({
        code: 2,
        stdout: '',
        stderr: "Unknown command 'strat' (Did you mean start?) See: tidegate --help\n",
      });
    });

    it('no script, a script that is not there, and a directory', async () => {
      await refused([], 2, [/^Missing required argument 'script'/]);
      await refused(['/nowhere/app.js'], 2, [/^Script not found: \/nowhere\/app\.js$/]);
      await refused([runtimeDir()], 2, [/^Script is a directory: /]);
    });

    it('a number of workers that is none', async () => {
      for (const given of ['lots', '1e9', '-x', '1.5']) {
        await refused([APP, '-i', given], 2, [/^-i: ".*" is not allowed; give a whole number from 1 to 1000, max /]);
      }
    });

    it('bad values in the environment: every one of them, by name, with what is allowed', () =>
      refused(
        [APP],
        2,
        [
          /^LOG_LEVEL: "loud" is not allowed; give one of error, warn, info, debug$/,
          /^MIN_INSTANCES: "abc" is not allowed; give a whole number from 1 to 1000/,
          /^MAX_INSTANCES: "-4" is not allowed; /,
          /^LB_MODE: "udp" is not allowed; give one of tcp, http$/,
          /^SCALING_INTERVAL_MS: "1e9" is not allowed; give a whole number from 100 to 600000 \(ms\)$/,
          /^MANAGEMENT_TOKENS: a value that is not shown is not allowed; give role:token /,
        ],
        {
          MIN_INSTANCES: 'abc',
          MAX_INSTANCES: '-4',
          LOG_LEVEL: 'loud',
          MANAGEMENT_TOKENS: 'admin:short',
          LB_MODE: 'udp',
          SCALING_INTERVAL_MS: '1e9',
        },
      ));

    it('flags and environment together, and limits that contradict each other', () =>
      refused(
        [APP, '--port', '99999', '--min', '5', '--max', '2'],
        2,
        [/^MANAGEMENT_PORT: "22x" /, /^--port: "99999" /, /^--min \(5\) is above --max \(2\); /],
        { MANAGEMENT_PORT: '22x' },
      ));

    it('a configuration file that is not there, not JSON, or has unknown options', async () => {
      await refused([APP, '--config', '/nowhere/tidegate.json'], 2, [/^\/nowhere\/tidegate\.json can't be read: /]);
      await refused([APP, '--config', file('broken.json', '{"port":')], 2, [/broken\.json is not valid JSON/]);
      await refused([APP, '--config', file('typo.json', '{"minInstnces": 2, "maxInstances": "x"}')], 2, [
        /^"minInstnces" in typo\.json is no option; did you mean minInstances\?$/,
        /^maxInstances in typo\.json: "x" is not allowed; /,
      ]);
    });

    it('a rules file that is not there, not JSON, or has mistakes: all of them', async () => {
      const rules = (content: string): Record<string, string> => ({ SCALING_RULES_FILE: file('rules.json', content) });
      await refused([APP], 2, [/^SCALING_RULES_FILE: \/nowhere\/rules\.json can't be used: ENOENT/], {
        SCALING_RULES_FILE: '/nowhere/rules.json',
      });
      await refused([APP], 2, [/^SCALING_RULES_FILE: \S+rules\.json can't be used: .*JSON/], rules('{"rules":['));
      const wrong = { name: 'x', metric: 'nope', operator: 'gte', threshold: 'a', action: 'grow', cooldownPeriod: -1 };
      await refused(
        [APP],
        2,
        ['metric', 'cooldownPeriod', 'threshold', 'action'].map((field) => new RegExp(`^rule "x": ${field}: given `)),
        rules(JSON.stringify({ rules: [wrong] })),
      );
    });

    it('rules that must flap, with the numbers that would not', () => {
      const rule = { metric: 'cpu', cooldownPeriod: 0, scaleAmount: 1 };
      const rules = [
        { ...rule, name: 'up', operator: 'gte', threshold: 50, action: 'scale-up' },
        { ...rule, name: 'down', operator: 'lte', threshold: 40, action: 'scale-down' },
      ];
      return refused([APP], 2, [/^rules "up" and "down" flap: .* its threshold must be below 25 %$/], {
        SCALING_RULES_FILE: file('flap.json', JSON.stringify({ rules })),
      });
    });

    it('a control API that would stand open on a network', () =>
      refused([APP], 2, [/^MANAGEMENT_HOST=0\.0\.0\.0 is not loopback, so the control API needs tokens: set /], {
        MANAGEMENT_HOST: '0.0.0.0',
      }));
  });

  describe('a machine that has not what it takes: exit code 1', () => {
    it('a control port that is taken', async () => {
      const port = await freePort();
      const other = createServer().listen(port, '127.0.0.1');
      try {
        await refused(
          [APP],
          1,
          [new RegExp(`^MANAGEMENT_PORT=${port} is taken on 127\\.0\\.0\\.1: stop what listens`)],
          {
            MANAGEMENT_PORT: String(port),
          },
        );
      } finally {
        other.close();
      }
    });

    it('a runtime directory that can’t be created', async () => {
      const { code, stdout, stderr } = await run(['start', APP], {
        TIDEGATE_RUNTIME_DIR: path.join(file('a-file', ''), 'in-it'),
        MANAGEMENT_PORT: '0',
      });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^The runtime directory can't be created: [^\n]*\. Set TIDEGATE_RUNTIME_DIR [^\n]*\n$/);
    });

    it('a name that runs already; the first instance does not notice', async () => {
      const runtime = await Runtime.start(APP, { args: ['-i', '1'] });
      try {
        const { pid, workers } = await runtime.status();
        const second = await run(['start', APP, '--name', 'test'], {
          TIDEGATE_RUNTIME_DIR: runtime.directory,
          MANAGEMENT_PORT: '0',
          PORT: '0',
        });
        expect(second).to.include({ code: 1, stdout: '' });
        expect(second.stderr).to.match(/^"test" is running already\. [^\n]*--name <other>\n$/);
        expect((await fetch(runtime.url)).status).to.equal(200);
        expect([pid, workers[0]?.pid as number].every(isAlive)).to.equal(true);
      } finally {
        await runtime.kill();
      }
    });
  });
});
