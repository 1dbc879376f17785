import { expect } from 'chai';
import { CLI_MAIN, useCli } from '../helpers/cli-bench.ts';
import { cluster, json } from '../helpers/control-api.ts';
import { until } from '../helpers/runtime.ts';
import { TmuxSession } from '../helpers/tmux-session.ts';

describe('tidegate top on a terminal', function () {
  this.timeout(40_000);
  const cli = useCli();
  let terminal: TmuxSession;

  before(function () {
    if (TmuxSession.missing !== null) {
      console.log(`      skipped: ${TmuxSession.missing} is missing`);
      this.skip();
    }
  });
  beforeEach(async () => {
    terminal = new TmuxSession(80, 24, { TIDEGATE_RUNTIME_DIR: cli.runtimeDir(), PATH: process.env.PATH ?? '' });
    await terminal.waitFor(/prompt>/);
  });
  afterEach(() => terminal.close());

  const start = async (): Promise<void> => {
    terminal.press(`'${process.execPath}' '${CLI_MAIN}' top`, 'Enter');
    await terminal.waitFor(/^slot [\s\S]*^q quit .* h help$/m);
  };
  /** What was on the terminal is there again, and what is typed is seen again. */
  const restored = async (): Promise<void> => {
    await until('the terminal is as it was', () => terminal.modes === 'alternate 0, cursor 1');
    // Before the shell has the terminal again, keys would be the program's.
    await terminal.waitFor(/prompt>\s*$/);
    terminal.press('echo is-$((40+2))', 'Enter');
    await terminal.waitFor(/echo is-\$\(\(40\+2\)\)\n(.*\n)*is-42/);
  };

  it('draws at 80×24, draws anew at 200×50, does what keys say, and leaves the terminal as it was', async () => {
    const api = await cli.instance({
      'POST /scaling/manual': json({ id: 8, sentence: 'Set by hand to 3.' }),
      'GET /logs': json({ lines: [{ atMs: 0, source: 'w1', stream: 'stdout', text: 'hello \u001b[2J from the app' }] }),
      'GET /cluster/memory': json({ limitBytes: null, workers: [] }),
    });
    await start();
    expect(terminal.modes).to.equal('alternate 1, cursor 0');
    const small = terminal.screen;
    expect(small).to.have.length(24);
    expect(small[0]).to.match(/^api · /);
    expect(small[3]).to.match(/^slot +id +state .* connections$/);
    expect(small[23]).to.match(/h help$/);
    terminal.resize(200, 50);
    await terminal.waitFor(/to limit +pid +uptime +restarts$/m);
    await until('the keys stand in the last line', () => /h help$/.test(terminal.screen[49] ?? ''));
    terminal.press('l');
    await terminal.waitFor(/w1 +hello +from the app/);
    terminal.press('Escape');
    terminal.press('c', '3', 'Enter');
    await terminal.waitFor(/Set by hand to 3\./);
    expect(api.calls.find(({ method }) => method === 'POST')?.body).to.deep.equal({
      instances: 3,
      reason: 'tidegate top',
    });
    terminal.press('q');
    await restored();
  });

  it('leaves the terminal as it was when it is interrupted, killed or suspended', async () => {
    const { status } = JSON.parse(JSON.stringify({ status: cluster({ name: 'api' }) }));
    await cli.instance({ 'GET /cluster/status': json(status) });
    await start();
    terminal.press('C-c');
    await restored();
    terminal.press('clear', 'Enter');
    await start();
    terminal.press('C-z');
    await restored();
    terminal.press('fg', 'Enter');
    await until('the picture is back', () => terminal.modes === 'alternate 1, cursor 0');
    terminal.press('q');
    await restored();
  });
});
