import { expect } from 'chai';
import { type EcosystemResult, readEcosystem } from '../../../src/cli/ecosystem.ts';
import { UsageError } from '../../../src/cli/errors.ts';

const FILE = 'ecosystem.config.cjs';
const read = (content: unknown, choice: { only?: string; environment?: string } = {}): EcosystemResult =>
  readEcosystem(content, FILE, choice);

describe('readEcosystem', () => {
  it('takes { apps }, a list, and a single app for the same', () => {
    const app = { name: 'api', script: 'server.js' };
    const expected = read({ apps: [app] });
    expect(read([app])).to.deep.equal(expected);
    expect(read(app)).to.deep.equal(expected);
    expect(read({ apps: app })).to.deep.equal(expected);
    expect(expected.app).to.include({
      script: 'server.js',
      cwd: undefined,
      workers: undefined,
      singleProcess: undefined,
    });
    expect(expected.warnings).to.deep.equal([]);
  });

  it('translates what PM2 calls otherwise', () => {
    const { app, warnings } = read({
      name: 'api',
      script: 'server.js',
      cwd: 'srv',
      instances: 'max',
      exec_mode: 'cluster',
      wait_ready: true,
      listen_timeout: 3000,
      kill_timeout: '2s',
      max_memory_restart: '300M',
      min_uptime: '1m',
      max_restarts: 5,
      exp_backoff_restart_delay: 200,
    });
    expect(app.options).to.deep.equal({
      name: 'api',
      waitReady: true,
      listenTimeoutMs: 3000,
      killTimeoutMs: 2000,
      maxMemoryRestartBytes: '300M',
      minUptimeMs: 60_000,
      maxRestarts: 5,
      restartBackoffMs: 200,
    });
    expect(app.optionNames.killTimeoutMs).to.equal('kill_timeout in ecosystem.config.cjs');
    expect(app.workers).to.deep.equal({ wish: { kind: 'max' }, name: 'instances in ecosystem.config.cjs' });
    expect(app.cwd).to.equal('srv');
    expect(warnings).to.deep.equal([]);
  });

  it('reads arguments from a list or a text', () => {
    const { app } = read({
      script: 'a.js',
      args: ['--port', 80],
      node_args: '--import "./my hooks.mjs" --no-warnings',
    });
    expect(app.args).to.deep.equal(['--port', '80']);
    expect(app.nodeArgs).to.deep.equal(['--import', './my hooks.mjs', '--no-warnings']);
  });

  it('takes fork mode for a single process', () => {
    for (const mode of ['fork', 'fork_mode']) {
      expect(read({ script: 'a.js', exec_mode: mode }).app.singleProcess).to.equal('exec_mode in ecosystem.config.cjs');
    }
    expect(read({ script: 'a.js', exec_mode: 'cluster_mode' }).app.singleProcess).to.equal(undefined);
  });

  it('lays the chosen environment over env, as texts', () => {
    const app = {
      script: 'a.js',
      env: { PORT: 3000, DEBUG: false, GONE: null, DEEP: { a: 1 } },
      env_production: { PORT: 80, NODE_ENV: 'production' },
    };
    expect(read(app).app.env).to.deep.equal({ PORT: '3000', DEBUG: 'false', DEEP: '{"a":1}' });
    expect(read(app, { environment: 'production' }).app.env).to.deep.equal({
      PORT: '80',
      DEBUG: 'false',
      DEEP: '{"a":1}',
      NODE_ENV: 'production',
    });
  });

  it('names the environments there are when another is asked for', () => {
    expect(() => read({ script: 'a.js', env_production: {} }, { environment: 'staging' })).to.throw(
      UsageError,
      'has no env_staging for this app; it has: env_production',
    );
    expect(() => read({ script: 'a.js' }, { environment: 'staging' })).to.throw(UsageError, 'it has none');
  });

  it('asks for --only when there are several apps', () => {
    const apps = [{ name: 'api', script: 'a.js' }, { name: 'jobs', script: 'b.js' }, { script: 'c.js' }];
    expect(() => read({ apps })).to.throw(UsageError, 'several apps: api, jobs, app 3, which has no name. Choose one');
    expect(read({ apps }, { only: 'jobs' }).app.script).to.equal('b.js');
    expect(() => read({ apps }, { only: 'web' })).to.throw(UsageError, 'has no app "web"; it has: api, jobs');
  });

  it('warns of every key that changes nothing, by name', () => {
    const { warnings } = read({
      apps: [{ script: 'a.js', watch: true, cron_restart: '0 0 * * *', log_date_format: 'x' }],
      deploy: {},
    });
    expect(warnings).to.deep.equal([
      'deploy in ecosystem.config.cjs has no meaning here and is ignored',
      'watch in ecosystem.config.cjs has no meaning here and is ignored',
      'cron_restart in ecosystem.config.cjs is not part of this version yet and is ignored',
      'log_date_format in ecosystem.config.cjs has no meaning here and is ignored',
    ]);
  });

  it('reports all values of a wrong kind at once', () => {
    const app = { script: 'a.js', cwd: 3, args: 'a "b', instances: 'lots', exec_mode: 'threads', env: 'PORT=1' };
    expect(read(app).problems.map((line) => line.split(' ')[0])).to.have.members([
      'cwd',
      'args',
      'instances',
      'exec_mode',
      'env',
    ]);
  });

  it('leaves a duration it does not understand to the option, which knows what is allowed', () => {
    expect(read({ script: 'a.js', kill_timeout: 'soon' }).app.options.killTimeoutMs).to.equal('soon');
  });

  it('refuses what holds no app with a script', () => {
    for (const content of [null, undefined, 3, [], {}, { apps: [] }, { apps: [{ name: 'x' }] }, { apps: [null] }]) {
      expect(() => read(content), JSON.stringify(content)).to.throw(UsageError, 'each app with its script');
    }
  });
});
