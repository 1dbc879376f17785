import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigError } from '../../../config/errors.ts';
import { type LoadRequest, loadConfig } from '../../../config/load.ts';
import { type OptionName, options } from '../../../config/schema.ts';

describe('loadConfig', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-config-'));
    file = path.join(directory, 'tidegate.json');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (content: unknown): string => {
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  describe('resolving', () => {
    it('gives every option its default when nothing is set', () => {
      const { config, sources, warnings } = loadConfig({ env: {} });
      for (const [name, option] of Object.entries(options)) {
        expect(config[name as OptionName], name).to.deep.equal(option.fallback);
        expect(sources[name as OptionName]).to.deep.equal({ layer: 'default', name: option.env });
      }
      expect(warnings).to.deep.equal([]);
    });

    it('lets a flag beat the environment, that beat the file, and that the default', () => {
      write({ port: 1000, minInstances: 2, maxInstances: 20 });
      const { config, sources } = loadConfig({
        file,
        env: { PORT: '2000', MIN_INSTANCES: '3' },
        flags: { port: 4000, name: undefined },
      });
      expect(config).to.include({ port: 4000, minInstances: 3, maxInstances: 20, managementPort: 9001, name: '' });
      expect(sources.port).to.deep.equal({ layer: 'flag', name: '--port' });
      expect(sources.minInstances).to.deep.equal({ layer: 'environment', name: 'MIN_INSTANCES' });
      expect(sources.maxInstances).to.deep.equal({ layer: 'file', name: 'maxInstances in tidegate.json' });
    });

    it('reads the file that CONFIG_FILE names, unless another is given', () => {
      write({ port: 1000 });
      expect(loadConfig({ env: { CONFIG_FILE: file } }).config.port).to.equal(1000);
      const other = path.join(directory, 'other.json');
      writeFileSync(other, '\uFEFF{"$schema": "x", "port": 2000}');
      expect(loadConfig({ file: other, env: { CONFIG_FILE: file } }).config.port).to.equal(2000);
    });

    it('takes an empty variable for one that is not set', () => {
      const { config } = loadConfig({ env: { REDIS_PORT: '', CONFIG_FILE: '', LB_ALGORITHM: '' } });
      expect(config).to.include({ redisPort: 6379, lbAlgorithm: 'adaptive' });
    });

    it('reads texts into the types of the options', () => {
      const { config } = loadConfig({
        env: {
          PORT: ' 8080 ',
          WAIT_READY: 'Yes',
          METRICS_ENABLED: '0',
          MAX_MEMORY_RESTART_BYTES: '300M',
          LB_WEIGHTS: '3, 1,,2',
          TRUSTED_PROXIES: '10.0.0.0/8,::1',
        },
      });
      expect(config).to.include({ port: 8080, waitReady: true, metricsEnabled: false });
      expect(config.maxMemoryRestartBytes).to.equal(314_572_800);
      expect(config.lbWeights).to.deep.equal(['3', '1', '2']);
      expect(config.trustedProxies).to.deep.equal(['10.0.0.0/8', '::1']);
    });

    it('takes JSON values of the right type from the file', () => {
      write({ waitReady: true, lbWeights: ['2', '1'], managementTokens: ['admin:0123456789abcdef'] });
      const { config } = loadConfig({ file, env: {} });
      expect(config.waitReady).to.equal(true);
      expect(config.lbWeights).to.deep.equal(['2', '1']);
      expect(config.managementTokens).to.deep.equal(['admin:0123456789abcdef']);
    });

    it('freezes the result deeply', () => {
      const { config, sources } = loadConfig({ env: { LB_WEIGHTS: '1,2' } });
      expect(() => Object.assign(config, { port: 1 })).to.throw(TypeError);
      expect(() => (config.lbWeights as string[]).push('3')).to.throw(TypeError);
      expect(() => (config.allowedOrigins as string[]).push('x')).to.throw(TypeError);
      expect(Object.isFrozen(sources)).to.equal(true);
    });
  });

  describe('refusing', () => {
    const problemsOf = (request: LoadRequest): readonly string[] => {
      try {
        loadConfig(request);
      } catch (error) {
        expect(error).to.be.instanceOf(ConfigError);
        expect(error).to.have.property('code', 'CONFIG_INVALID');
        return (error as ConfigError).problems;
      }
      throw new Error('the configuration was accepted');
    };

    it('reports every mistake of every layer at once, by the name that was written', () => {
      write({ minInstances: 'many', port: 3000.5 });
      const problems = problemsOf({
        file,
        env: { CLUSTER_WORKERS: '-1', LOG_LEVEL: 'loud' },
        flags: { maxMemoryRestartBytes: '3 lots' },
        flagNames: { maxMemoryRestartBytes: '--max-memory-restart' },
      });
      expect(problems).to.deep.equal([
        'minInstances in tidegate.json: "many" is not allowed; give a whole number from 1 to 1000 (workers)',
        'port in tidegate.json: 3000.5 is not allowed; give a whole number from 0 to 65535 (TCP port; 0 picks a free one)',
        'LOG_LEVEL: "loud" is not allowed; give one of error, warn, info, debug',
        'CLUSTER_WORKERS: "-1" is not allowed; give a whole number from 0 to 1000 (workers; 0 = one per core)',
        '--max-memory-restart: "3 lots" is not allowed; give a size such as 300M, 1.5G or 314572800 (bytes); 0 = off',
      ]);
    });

    it('puts all of them into the message, a line each', () => {
      const error = new ConfigError(['PORT: one', 'NAME: two']);
      expect(error.message).to.equal('The configuration has 2 mistakes:\n  PORT: one\n  NAME: two');
      expect(new ConfigError(['PORT: one']).message).to.contain('has a mistake');
    });

    it('checks a value even when a higher layer overrides it', () => {
      write({ port: 'x' });
      expect(problemsOf({ file, env: { PORT: '80' } })).to.have.length(1);
    });

    it('never shows a secret, whole or in part', () => {
      const problems = problemsOf({ env: { MANAGEMENT_TOKENS: 'admin:hunter2', SLACK_WEBHOOK_URL: 'hunter2' } });
      expect(problems).to.have.length(2);
      expect(problems.join()).not.to.contain('hunter2');
      expect(problems[0]).to.match(/^MANAGEMENT_TOKENS: a value that is not shown is not allowed; give role:token /);
    });

    it('shortens long values and shows control characters as escapes', () => {
      const [problem] = problemsOf({ env: { PORT: `\u001b[2J${'9'.repeat(500)}` } });
      expect(problem).to.contain('\\u001b').and.not.to.contain('\u001b');
      expect(problem?.length).to.be.below(200);
    });

    it('accepts only the boolean words it names, and no number for them', () => {
      expect(problemsOf({ env: { WAIT_READY: 'maybe' } })).to.deep.equal([
        'WAIT_READY: "maybe" is not allowed; give true or false',
      ]);
      for (const word of ['constructor', 'toString', '2']) {
        expect(problemsOf({ env: { WAIT_READY: word } }), word).to.have.length(1);
      }
      expect(problemsOf({ file: write({ waitReady: 1 }), env: {} })).to.have.length(1);
    });

    it('refuses unknown keys of the file and names the nearest', () => {
      write({ minInstance: 2, MAX_INSTANCES: 3, __proto__x: 1, zebra: 1 });
      expect(problemsOf({ file, env: {} })).to.deep.equal([
        '"minInstance" in tidegate.json is no option; did you mean minInstances?',
        '"MAX_INSTANCES" in tidegate.json is no option; did you mean maxInstances?',
        '"__proto__x" in tidegate.json is no option; the options are listed in .env.scaling.example',
        '"zebra" in tidegate.json is no option; the options are listed in .env.scaling.example',
      ]);
    });

    it('is not fooled by keys that every object has', () => {
      write('{"__proto__": {"port": 1}, "constructor": 2}');
      expect(problemsOf({ file, env: {} })).to.have.length(2);
    });

    it('says where JSON is broken, without quoting the file', () => {
      write('{\n  "jwtSecret": "hunter2",\n  "port": 1,,\n}');
      const [problem] = problemsOf({ file, env: {} });
      expect(problem).to.match(/tidegate\.json is not valid JSON: /);
      expect(problem).not.to.contain('hunter2');
      expect(problemsOf({ file: write(''), env: {} })[0]).to.match(/is not valid JSON: it is empty$/);
    });

    it('refuses a file that is missing, a directory, or no object', () => {
      expect(problemsOf({ file: path.join(directory, 'no.json'), env: {} })[0]).to.match(
        /can't be read: no such file$/,
      );
      expect(problemsOf({ file: directory, env: {} })[0]).to.match(/can't be read: it is a directory$/);
      for (const content of ['[]', 'null', '3', '"text"']) {
        expect(problemsOf({ file: write(content), env: {} })[0], content).to.match(
          /must hold a JSON object of options/,
        );
      }
    });
  });

  describe('cross-checks', () => {
    const messageOf = (env: Record<string, string>): string => {
      try {
        loadConfig({ env });
      } catch (error) {
        return (error as ConfigError).problems.join('\n');
      }
      return '';
    };

    it('refuses a least above the most, by the names given', () => {
      expect(messageOf({ MIN_INSTANCES: '5', MAX_INSTANCES: '3' })).to.equal(
        'MIN_INSTANCES (5) is above MAX_INSTANCES (3); the least must not be more than the most',
      );
      expect(messageOf({ MIN_INSTANCES: '3', MAX_INSTANCES: '3' })).to.equal('');
    });

    it('compares with nothing that is itself a mistake', () => {
      expect(messageOf({ MIN_INSTANCES: '20', MAX_INSTANCES: 'x' })).to.match(/^MAX_INSTANCES: "x"[^\n]*$/);
    });

    it('refuses a beginning outside of the limits, unless nothing scales', () => {
      expect(messageOf({ CLUSTER_WORKERS: '20' })).to.match(/^CLUSTER_WORKERS \(20\) is above MAX_INSTANCES \(10\)/);
      expect(messageOf({ CLUSTER_WORKERS: '1', MIN_INSTANCES: '2' })).to.match(
        /^MIN_INSTANCES \(2\) is above CLUSTER_WORKERS/,
      );
      expect(messageOf({ CLUSTER_WORKERS: '20', AUTO_SCALING_ENABLED: 'false' })).to.equal('');
      expect(messageOf({ CLUSTER_WORKERS: '20', CLUSTER_ENABLED: 'false' })).to.equal('');
    });

    it('refuses a first restart delay longer than the longest', () => {
      expect(messageOf({ RESTART_BACKOFF_MS: '20000' })).to.match(
        /^RESTART_BACKOFF_MS \(20000\) is above RESTART_BACKOFF_MAX_MS \(15000\)/,
      );
    });
  });

  describe('warnings', () => {
    it('names an algorithm that another option overrides', () => {
      const env = { LB_ALGORITHM: 'round-robin', LB_STICKY_SESSION_ENABLED: 'true' };
      expect(loadConfig({ env }).warnings).to.deep.equal([
        'LB_ALGORITHM=round-robin has no effect: LB_STICKY_SESSION_ENABLED means consistent-hash',
      ]);
      expect(loadConfig({ env: { LB_STICKY_SESSION_ENABLED: 'true' } }).warnings).to.deep.equal([]);
    });

    it('names what the gateway alone has, in tcp mode, but not what the reference app reads too', () => {
      const env = { LB_RATE_LIMITS: '/=100/1', GATEWAY_HTTP2: 'false', TRUSTED_PROXIES: '10.0.0.1' };
      expect(loadConfig({ env }).warnings).to.deep.equal([
        'GATEWAY_HTTP2 has no effect: LB_MODE is tcp',
        'LB_RATE_LIMITS has no effect: LB_MODE is tcp',
      ]);
      expect(loadConfig({ env: { ...env, LB_MODE: 'http' } }).warnings).to.deep.equal([]);
    });

    it('names what later versions bring', () => {
      const { warnings } = loadConfig({ env: { INTERNAL_API_KEY: 'hunter2' } });
      expect(warnings.map((line) => line.split(':')[0])).to.deep.equal(['INTERNAL_API_KEY']);
      expect(warnings.join()).not.to.contain('hunter2');
    });
  });
});
