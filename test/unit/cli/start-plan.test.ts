import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../config/errors.ts';
import { UsageError } from '../../../src/cli/errors.ts';
import { planStart, type StartFlags, type StartHost, type StartPlan } from '../../../src/cli/start-plan.ts';

describe('planStart', () => {
  let directory: string;

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tidegate-start-')));
    writeFileSync(path.join(directory, 'server.js'), '');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (name: string, content: string): void => {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  };
  const plan = (file: string, flags: StartFlags = {}, args: string[] = [], host: Partial<StartHost> = {}) =>
    planStart(file, flags, args, { cwd: directory, env: {}, nodeVersion: '20.19.0', cores: 4, ...host });
  const failure = async (promise: Promise<StartPlan>): Promise<Error> => {
    const outcome = await promise.catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(Error);
    return outcome as Error;
  };

  describe('of a script', () => {
    it('resolves everything that the runtime needs', async () => {
      const { request, warnings } = await plan('server.js', {}, ['--verbose']);
      expect(request).to.deep.include({
        name: 'server',
        script: path.join(directory, 'server.js'),
        args: ['--verbose'],
        cwd: directory,
        nodeArgs: [],
        instances: { kind: 'auto' },
        env: {},
      });
      expect(request.config).to.include({ name: 'server', autoScalingEnabled: true, maxInstances: 10 });
      expect(Object.isFrozen(request.config)).to.equal(true);
      expect(warnings).to.deep.equal([]);
    });

    it('passes flags on as options', async () => {
      const { request } = await plan('server.js', {
        name: 'api',
        port: '8080',
        waitReady: true,
        maxMemoryRestart: '300M',
        lbAlgorithm: 'ip-hash',
        min: '2',
        max: '6',
        nodeArgs: '--max-old-space-size=512 --no-warnings',
      });
      expect(request).to.deep.include({ name: 'api', nodeArgs: ['--max-old-space-size=512', '--no-warnings'] });
      expect(request.config).to.include({
        port: 8080,
        waitReady: true,
        maxMemoryRestartBytes: 314_572_800,
        lbAlgorithm: 'ip-hash',
        minInstances: 2,
        maxInstances: 6,
      });
    });

    it('hands PORT and NODE_ENV to the app only when somebody set them', async () => {
      expect((await plan('server.js')).request.env).to.deep.equal({});
      expect((await plan('server.js', { port: '8080' })).request.env).to.deep.equal({ PORT: '8080' });
      write('tidegate.json', '{"nodeEnv": "production"}');
      const { request } = await plan('server.js', { config: 'tidegate.json' });
      expect(request.env).to.deep.equal({ NODE_ENV: 'production' });
    });

    it('fixes the count with -i, and switches the scaler off', async () => {
      const { request } = await plan('server.js', { instances: '20' });
      expect(request.instances).to.deep.equal({ kind: 'fixed', count: 20 });
      expect(request.config).to.include({ autoScalingEnabled: false, maxInstances: 20 });
    });

    it('lets -i beat CLUSTER_WORKERS, whatever that is', async () => {
      const env = { CLUSTER_WORKERS: '20' };
      expect((await plan('server.js', { instances: '2' }, [], { env })).request.instances).to.deep.equal({
        kind: 'fixed',
        count: 2,
      });
      expect((await plan('server.js', { instances: 'auto' }, [], { env })).request.instances).to.deep.equal({
        kind: 'auto',
      });
    });

    it('refuses a count outside of limits that were given', async () => {
      const error = await failure(plan('server.js', { instances: '20', max: '8' }));
      expect(error).to.be.instanceOf(ConfigError);
      expect((error as ConfigError).problems[0]).to.match(/^-i \(20\) is above --max \(8\)/);
    });

    it('holds CLUSTER_ENABLED=false to one worker', async () => {
      const { request, warnings } = await plan('server.js', { instances: '4' }, [], {
        env: { CLUSTER_ENABLED: 'false' },
      });
      expect(request.instances).to.deep.equal({ kind: 'fixed', count: 1 });
      expect(request.config).to.include({ autoScalingEnabled: false, maxInstances: 1 });
      expect(warnings).to.have.length(1);
    });

    it('names flags as they were written when their values are wrong', async () => {
      const error = await failure(plan('server.js', { min: 'x', lbAlgorithm: 'luck', maxMemoryRestart: 'lots' }));
      expect((error as ConfigError).problems.map((line) => line.split(':')[0])).to.deep.equal([
        '--min',
        '--max-memory-restart',
        '--lb-algorithm',
      ]);
    });

    it('passes the warnings of the configuration on', async () => {
      const { warnings } = await plan('server.js', {}, [], { env: { REDIS_ENABLED: 'true', STATE_ENABLED: 'false' } });
      expect(warnings[0]).to.match(/^REDIS_ENABLED has no effect/);
    });

    it('makes a name of any file name', async () => {
      write('my api (v2).mjs', '');
      write('_.js', '');
      expect((await plan('my api (v2).mjs')).request.name).to.equal('my-api-v2-');
      expect((await plan('_.js')).request.name).to.equal('app');
    });
  });

  describe('refuses, in one line each,', () => {
    const expectUsage = async (promise: Promise<StartPlan>, message: string | RegExp): Promise<void> => {
      const error = await failure(promise);
      expect(error).to.be.instanceOf(UsageError).and.include({ exitCode: 2 });
      expect(error.message).to.match(message instanceof RegExp ? message : new RegExp(message));
      expect(error.message).not.to.contain('\n');
    };

    it('a script that is missing, and names one that is near', async () => {
      await expectUsage(plan('nothing.js'), /^Script not found: .*nothing\.js$/);
      await expectUsage(plan('server'), /did you mean server\.js\?/);
      await expectUsage(plan('npm'), /not a package manager/);
    });

    it('a directory', () => expectUsage(plan('.'), /is a directory/));

    it('a script that may not be read', async function () {
      // Root may read everything.
      if (process.getuid?.() === 0) this.skip();
      chmodSync(path.join(directory, 'server.js'), 0);
      await expectUsage(plan('server.js'), /may not be read/);
    });

    it('TypeScript on a Node that cannot run it', async () => {
      write('server.ts', '');
      for (const nodeVersion of ['20.19.0', '22.17.1', '23.5.0']) {
        await expectUsage(
          plan('server.ts', {}, [], { nodeVersion }),
          /^server\.ts: Node ≥ 22\.18 runs TypeScript files/,
        );
      }
    });

    it('--only and --env beside a script', async () => {
      await expectUsage(plan('server.js', { only: 'api' }), /^--only chooses from an ecosystem file/);
      await expectUsage(plan('server.js', { env: 'production' }), /^--env chooses from an ecosystem file/);
    });

    it('a wrong -i, and quotes that are not closed', async () => {
      await expectUsage(plan('server.js', { instances: 'lots' }), /^-i: "lots" is not allowed/);
      await expectUsage(plan('server.js', { nodeArgs: '"--x' }), /^--node-args: .*not closed/);
    });

    it('YAML', () => expectUsage(plan('ecosystem.yml'), /YAML ecosystem files are not read/));

    it('a socket path that the system cannot hold', () =>
      expectUsage(
        plan('server.js', {}, [], { env: { TIDEGATE_RUNTIME_DIR: `/run/${'x'.repeat(120)}` } }),
        /bytes long/,
      ));
  });

  it('accepts TypeScript where Node or a loader runs it', async () => {
    write('server.ts', '');
    for (const nodeVersion of ['22.18.0', '23.6.0', '24.0.0', '26.1.0']) {
      expect((await plan('server.ts', {}, [], { nodeVersion })).request.name).to.equal('server');
    }
    expect((await plan('server.ts', { nodeArgs: '--import tsx' })).request.nodeArgs).to.deep.equal(['--import', 'tsx']);
    expect((await plan('server.ts', {}, [], { env: { NODE_OPTIONS: '--import=tsx' } })).request.name).to.equal(
      'server',
    );
  });

  describe('of an ecosystem file', () => {
    it('reads CommonJS, ES modules and JSON', async () => {
      write('ecosystem.config.cjs', `module.exports = { apps: [{ name: 'cjs', script: 'server.js' }] };`);
      write('ecosystem.config.mjs', `export default { apps: [{ name: 'mjs', script: 'server.js' }] };`);
      write('named.config.mjs', `export const apps = [{ name: 'named', script: 'server.js' }];`);
      write('pm2.json', '{"apps": [{"name": "json", "script": "server.js"}]}');
      for (const [file, name] of [
        ['ecosystem.config.cjs', 'cjs'],
        ['ecosystem.config.mjs', 'mjs'],
        ['named.config.mjs', 'named'],
        ['pm2.json', 'json'],
      ] as const) {
        expect((await plan(file)).request, file).to.include({ name, script: path.join(directory, 'server.js') });
      }
    });

    it('resolves the script from its cwd, and its environment reaches the options and the app', async () => {
      write('api/main.js', '');
      const app = {
        script: 'main.js',
        cwd: 'api',
        args: '--fast',
        instances: 3,
        node_args: '--no-warnings',
        env: { PORT: 4000, MIN_INSTANCES: 2 },
        env_production: { NODE_ENV: 'production' },
      };
      write('ecosystem.config.cjs', `module.exports = { apps: [${JSON.stringify(app)}] };`);
      const { request } = await plan('ecosystem.config.cjs', { env: 'production' }, [], { env: { PORT: '9' } });
      expect(request).to.deep.include({
        name: 'main',
        script: path.join(directory, 'api/main.js'),
        cwd: path.join(directory, 'api'),
        args: ['--fast'],
        nodeArgs: ['--no-warnings'],
        instances: { kind: 'fixed', count: 3 },
        env: { PORT: '4000', MIN_INSTANCES: '2', NODE_ENV: 'production' },
      });
      expect(request.config).to.include({
        port: 4000,
        minInstances: 2,
        nodeEnv: 'production',
        autoScalingEnabled: true,
      });
    });

    it('gives way to flags and arguments of the command line', async () => {
      const app = { name: 'a', script: 'server.js', args: 'x', instances: 3, wait_ready: false, env: { PORT: 1 } };
      write('ecosystem.config.cjs', `module.exports = { apps: [${JSON.stringify(app)}] };`);
      const flags = { name: 'b', instances: 'max', waitReady: true, port: '2' };
      const { request } = await plan('ecosystem.config.cjs', flags, ['y']);
      expect(request).to.deep.include({ name: 'b', args: ['y'], instances: { kind: 'max' }, env: { PORT: '2' } });
      expect(request.config.waitReady).to.equal(true);
    });

    it('runs one worker in fork mode', async () => {
      write('pm2.json', '{"script": "server.js", "exec_mode": "fork", "instances": 4}');
      const { request, warnings } = await plan('pm2.json');
      expect(request.instances).to.deep.equal({ kind: 'fixed', count: 1 });
      expect(request.config).to.include({ clusterEnabled: false, autoScalingEnabled: false });
      expect(warnings).to.deep.equal([
        'instances in pm2.json has no effect: exec_mode in pm2.json means exactly one worker',
      ]);
    });

    it('names keys of the file when their values are wrong', async () => {
      write('pm2.json', '{"script": "server.js", "kill_timeout": "soon", "max_memory_restart": -1, "name": "a/b"}');
      const error = await failure(plan('pm2.json'));
      expect((error as ConfigError).problems.map((line) => line.split(':')[0])).to.have.members([
        'kill_timeout in pm2.json',
        'max_memory_restart in pm2.json',
        'name in pm2.json',
      ]);
    });

    it('says in one line what is wrong with the file', async () => {
      write('bad.config.cjs', 'module.exports = {');
      write('throws.config.cjs', 'throw new Error("no\\nluck")');
      write('package.json', '{"type": "module"}');
      write('esm.config.js', 'module.exports = {}');
      write('bad.json', '{');
      expect((await failure(plan('bad.config.cjs'))).message).to.match(
        /^bad\.config\.cjs can't be loaded: SyntaxError/,
      );
      expect((await failure(plan('throws.config.cjs'))).message).to.equal(
        "throws.config.cjs can't be loaded: Error: no",
      );
      expect((await failure(plan('esm.config.js'))).message).to.match(/module is not defined.*; name it \.cjs$/);
      expect((await failure(plan('bad.json'))).message).to.match(/^bad\.json is not valid JSON/);
      expect((await failure(plan('gone.json'))).message).to.match(/^Ecosystem file not found/);
    });

    it('refuses a cwd that is not there', async () => {
      write('pm2.json', '{"script": "server.js", "cwd": "nowhere"}');
      expect((await failure(plan('pm2.json'))).message).to.match(/^cwd: there is no directory .*nowhere$/);
    });
  });
});
