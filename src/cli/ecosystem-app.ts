/** One app of an ecosystem file: PM2's keys, and what they mean here. */
import { parseDurationMs } from '../../config/duration.ts';
import type { OptionName } from '../../config/schema.ts';
import { type AppDefinition, type NamedWish, parseWorkersWish, WORKERS_ALLOWED } from './app-definition.ts';
import { UsageError } from './errors.ts';
import { splitWords } from './words.ts';

/** One entry of `apps`, with PM2's names. Durations are milliseconds, or texts such as `1h`. */
export interface EcosystemApp {
  readonly name?: string;
  readonly script: string;
  readonly args?: string | readonly string[];
  readonly cwd?: string;
  readonly instances?: number | string;
  readonly exec_mode?: 'cluster' | 'fork' | 'cluster_mode' | 'fork_mode';
  readonly env?: EcosystemEnv;
  readonly node_args?: string | readonly string[];
  readonly wait_ready?: boolean;
  readonly listen_timeout?: number | string;
  readonly kill_timeout?: number | string;
  readonly max_memory_restart?: number | string;
  readonly min_uptime?: number | string;
  readonly max_restarts?: number;
  readonly exp_backoff_restart_delay?: number | string;
  /** Read and not yet obeyed: a warning says so. */
  readonly cron_restart?: string;
  /** Chosen by `--env <name>`. */
  readonly [environment: `env_${string}`]: EcosystemEnv | undefined;
}

export type EcosystemEnv = Readonly<Record<string, string | number | boolean | object | null>>;

export type RawApp = Readonly<Record<string, unknown>>;

const OPTION_OF_KEY = {
  name: 'name',
  wait_ready: 'waitReady',
  listen_timeout: 'listenTimeoutMs',
  kill_timeout: 'killTimeoutMs',
  max_memory_restart: 'maxMemoryRestartBytes',
  min_uptime: 'minUptimeMs',
  max_restarts: 'maxRestarts',
  exp_backoff_restart_delay: 'restartBackoffMs',
} as const satisfies Readonly<Partial<Record<keyof EcosystemApp, OptionName>>>;

const DURATION_KEYS: ReadonlySet<string> = new Set([
  'listen_timeout',
  'kill_timeout',
  'min_uptime',
  'exp_backoff_restart_delay',
]);
const OTHER_KEYS: ReadonlySet<string> = new Set([
  'script',
  'args',
  'cwd',
  'instances',
  'exec_mode',
  'env',
  'node_args',
]);
const SINGLE_PROCESS_MODES: ReadonlySet<unknown> = new Set(['fork', 'fork_mode']);
const EXEC_MODES: ReadonlySet<unknown> = new Set(['cluster', 'cluster_mode', ...SINGLE_PROCESS_MODES, undefined]);

/** Reads one app and notes what is wrong with it. */
export class EcosystemAppReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #app: RawApp;
  readonly #fileName: string;

  constructor(app: RawApp, fileName: string) {
    this.#app = app;
    this.#fileName = fileName;
  }

  read(environment: string | undefined): AppDefinition {
    const { script, cwd } = this.#app;
    if (cwd !== undefined && typeof cwd !== 'string') this.#refuse('cwd', 'the path of a directory');
    const options: Partial<Record<OptionName, unknown>> = {};
    const optionNames: Partial<Record<OptionName, string>> = {};
    for (const [key, option] of Object.entries(OPTION_OF_KEY)) {
      options[option] = this.#optionValue(key);
      optionNames[option] = this.#named(key);
    }
    this.#warnOfOtherKeys();
    return {
      script: String(script),
      args: this.#words('args'),
      cwd: typeof cwd === 'string' ? cwd : undefined,
      nodeArgs: this.#words('node_args'),
      workers: this.#workers(),
      singleProcess: SINGLE_PROCESS_MODES.has(this.#app.exec_mode) ? this.#named('exec_mode') : undefined,
      env: { ...this.#environment('env'), ...this.#chosenEnvironment(environment) },
      options,
      optionNames,
    };
  }

  #optionValue(key: string): unknown {
    const value = this.#app[key];
    if (!DURATION_KEYS.has(key) || typeof value !== 'string') return value;
    try {
      return parseDurationMs(value);
    } catch {
      // Left as it is: the option's own check says what is allowed.
      return value;
    }
  }

  #words(key: string): readonly string[] {
    const value = this.#app[key];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((item) => ['string', 'number'].includes(typeof item)))
      return value.map(String);
    try {
      if (typeof value === 'string') return splitWords(value);
    } catch {
      // Falls through to the refusal below.
    }
    this.#refuse(key, 'a text whose quotes are closed, or a list of texts');
    return [];
  }

  #workers(): NamedWish | undefined {
    const { exec_mode: mode, instances } = this.#app;
    if (!EXEC_MODES.has(mode)) this.#refuse('exec_mode', 'cluster or fork');
    if (instances === undefined) return undefined;
    const wish = parseWorkersWish(instances);
    if (wish === undefined) this.#refuse('instances', WORKERS_ALLOWED);
    return wish === undefined ? undefined : { wish, name: this.#named('instances') };
  }

  #chosenEnvironment(name: string | undefined): Record<string, string> {
    if (name === undefined) return {};
    if (this.#app[`env_${name}`] !== undefined) return this.#environment(`env_${name}`);
    const known = Object.keys(this.#app).filter((key) => key.startsWith('env_'));
    const has = known.length === 0 ? 'it has none' : `it has: ${known.join(', ')}`;
    throw new UsageError(`--env ${name}: ${this.#fileName} has no env_${name} for this app; ${has}`);
  }

  #environment(key: string): Record<string, string> {
    const value = this.#app[key];
    if (value === undefined || value === null) return {};
    if (!isObject(value)) {
      this.#refuse(key, 'an object of variables');
      return {};
    }
    const variables = Object.entries(value).filter(([, item]) => item !== undefined && item !== null);
    return Object.fromEntries(
      variables.map(([name, item]) => [name, typeof item === 'object' ? JSON.stringify(item) : String(item)]),
    );
  }

  #warnOfOtherKeys(): void {
    for (const key of Object.keys(this.#app)) {
      if (key in OPTION_OF_KEY || OTHER_KEYS.has(key) || key.startsWith('env_')) continue;
      const why = key === 'cron_restart' ? 'is not part of this version yet' : 'has no meaning here';
      this.warnings.push(`${this.#named(key)} ${why} and is ignored`);
    }
  }

  #refuse(key: string, allowed: string): void {
    const shown = (JSON.stringify(this.#app[key]) ?? String(this.#app[key])).slice(0, 80);
    this.problems.push(`${this.#named(key)}: ${shown} is not allowed; give ${allowed}`);
  }

  #named(key: string): string {
    return `${key} in ${this.#fileName}`;
  }
}

export function isObject(value: unknown): value is RawApp {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
