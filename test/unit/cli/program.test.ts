import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCommandLine } from '../../../src/cli/program.ts';
import { Terminal } from '../../../src/cli/terminal.ts';

const VERBS = ['start', 'status', 'scale', 'reload', 'restart', 'stop', 'pause', 'resume', 'explain', 'logs'];

describe('the command line', () => {
  let directory: string;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tidegate-cli-')));
    writeFileSync(path.join(directory, 'server.js'), '');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  async function run(args: string[], env: Record<string, string> = {}) {
    let stdout = '';
    let stderr = '';
    const out = {
      write: (text: string) => {
        stdout += text;
      },
    };
    const err = {
      write: (text: string) => {
        stderr += text;
      },
    };
    const terminal = new Terminal(out, err, env);
    const code = await runCommandLine(args, {
      env: { TIDEGATE_RUNTIME_DIR: path.join(directory, 'run'), ...env },
      cwd: directory,
      terminal,
    });
    return { code, stdout, stderr };
  }

  async function expectWrongUsage(args: string[], message: RegExp, env: Record<string, string> = {}): Promise<void> {
    const { code, stdout, stderr } = await run(args, env);
    expect(code, args.join(' ')).to.equal(2);
    expect(stdout).to.equal('');
    expect(stderr).to.match(/^[^\n]+\n$/);
    expect(stderr).to.match(message);
  }

  it('explains itself, and every verb with examples', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).to.equal(0);
    for (const verb of VERBS) {
      expect(stdout).to.contain(`\n  ${verb}`);
      const help = await run([verb, '--help']);
      expect(help, verb).to.deep.include({ code: 0, stderr: '' });
      expect(help.stdout, verb).to.match(/\nExamples:\n {2}\$ tidegate [\s\S]+/);
    }
  });

  it('shows its version', async () => {
    const { code, stdout } = await run(['--version']);
    expect(code).to.equal(0);
    expect(stdout).to.match(/^\d+\.\d+\.\d+\S*\n$/);
  });

  it('shows its help on stderr when no verb is given, as wrong usage', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.match(/^Usage: tidegate /);
  });

  it('suggests the nearest verb and flag', async () => {
    await expectWrongUsage(['stauts'], /^Unknown command 'stauts' \(Did you mean status\?\) See: tidegate --help/);
    await expectWrongUsage(
      ['export', 'hpaa'],
      /^Unknown command 'hpaa' \(Did you mean hpa\?\) See: tidegate export --help/,
    );
    await expectWrongUsage(
      ['status', '--jsn'],
      /^Unknown option '--jsn' \(Did you mean --json\?\) See: tidegate status --help/,
    );
    await expectWrongUsage(['dance'], /^Unknown command 'dance'\. See: tidegate --help/);
  });

  it('names missing and superfluous arguments', async () => {
    await expectWrongUsage(['start'], /^Missing required argument 'script'/);
    await expectWrongUsage(['scale'], /^Missing required argument 'count'/);
    await expectWrongUsage(['status', '--name'], /argument missing/);
    await expectWrongUsage(['status', 'api'], /^Too many arguments for 'status'/);
  });

  it('refuses values that can not be right before it looks for an instance', async () => {
    await expectWrongUsage(['scale', '0'], /tidegate stop/);
    await expectWrongUsage(['scale', 'lots'], /give 4, \+2 or -1/);
    await expectWrongUsage(['scale', '2', '--for', '90'], /^--for: "90" is not allowed; give a duration/);
    await expectWrongUsage(['explain', 'why'], /^"why" is no decision/);
    await expectWrongUsage(['logs', '--lines', '0'], /^--lines: "0" is not allowed; give a whole number from 1 to/);
    await expectWrongUsage(['logs', '--source', '../x'], /^--source: /);
    await expectWrongUsage(['stop', '--timeout', '5'], /^--timeout: "5" is not allowed/);
    await expectWrongUsage(['status', '--url', 'localhost:9001'], /^--url: "localhost:9001" is not allowed/);
    await expectWrongUsage(['status', '--url', 'http://a', '--name', 'b'], /^Give --name or --url, not both/);
    await expectWrongUsage(['status'], /^TIDEGATE_URL: "x" is not allowed/, { TIDEGATE_URL: 'x' });
  });

  it('takes arguments of the app only after --', async () => {
    await expectWrongUsage(['start', 'server.js', 'extra'], /^Unexpected "extra": arguments of the app go after --/);
    await expectWrongUsage(['start', 'server.js', 'extra', '--', 'x'], /^Unexpected "extra"/);
    // Were --name taken for ours, its missing value would be the mistake.
    await expectWrongUsage(['start', 'gone.js', '--', '--name'], /^Script not found/);
  });

  it('reports every mistake of a configuration, one line each', async () => {
    const { code, stderr } = await run(['start', 'server.js', '--min', '5', '--max', '3'], {
      PORT: 'x',
      LOG_LEVEL: 'y',
    });
    expect(code).to.equal(2);
    expect(stderr.trimEnd().split('\n')).to.deep.equal([
      'PORT: "x" is not allowed; give a whole number from 0 to 65535 (TCP port; 0 picks a free one)',
      'LOG_LEVEL: "y" is not allowed; give one of error, warn, info, debug',
      '--min (5) is above --max (3); the least must not be more than the most',
    ]);
  });

  it('says what to do when no instance runs', async () => {
    for (const args of [
      ['status'],
      ['scale', '-1'],
      ['scale', '+2'],
      ['reload'],
      ['stop'],
      ['logs'],
      ['explain', '3'],
    ]) {
      expect(await run(args), args.join(' ')).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: 'No running instance found. Start one with: tidegate start <script>\n',
      });
    }
  });

  it('gives failures to programs as JSON, with a code', async () => {
    const { code, stderr } = await run(['status', '--json']);
    expect(code).to.equal(1);
    expect(JSON.parse(stderr)).to.deep.equal({
      code: 'NO_INSTANCE',
      detail: 'No running instance found. Start one with: tidegate start <script>',
    });
  });
});
