/** Real Prometheus and Alertmanager: on free ports, in a temporary directory, ended by pid. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dump, load } from 'js-yaml';
import { freePort } from './free-port.ts';
import { ROOT, until } from './runtime.ts';

/** Debian's name of Alertmanager first, then upstream's. */
export const ALERTMANAGER = ['prometheus-alertmanager', 'alertmanager'].find(isInstalled);

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A file of the checkout, as text. */
export function source(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** A YAML file of the checkout, parsed. */
export function yaml<T>(file: string): T {
  return load(source(file)) as T;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export const RULES = 'deploy/prometheus/rules';

/** The shipped rule files, by name. */
export function ruleFiles(): ReadonlyMap<string, RuleFile> {
  const names = readdirSync(path.join(ROOT, RULES)).filter((name) => name.endsWith('.yml'));
  return new Map(names.map((name) => [name, yaml<RuleFile>(`${RULES}/${name}`)]));
}

/** Where a job is found: static addresses take the place of a network's DNS. */
export type Targets = Readonly<Record<string, readonly string[]>>;

export interface PrometheusOptions {
  /** By job of prometheus.yml; jobs without an entry are left out. */
  readonly targets: Targets;
  /** `host:port` of an Alertmanager. */
  readonly alertmanager?: string;
  /** Scrape and evaluation interval. */
  readonly interval?: string;
  /** What becomes of the shipped rules. */
  readonly rules?: (rules: RuleFile) => RuleFile;
}

interface Configuration {
  readonly global: Readonly<Record<string, string>>;
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly metrics_path?: string;
    readonly relabel_configs?: readonly object[];
  }[];
}

/** One sample of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A server process with a directory of its own. */
abstract class Server {
  readonly port: number;
  readonly directory: string;
  protected output = '';
  #process: ChildProcess | undefined;

  constructor(port: number) {
    this.port = port;
    this.directory = mkdtempSync(path.join(tmpdir(), 'tidegate-monitoring-'));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends it and removes its directory. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const end = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await end;
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  protected async run(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(program, args, { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    const read = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    await until(`${program} on port ${this.port}`, async () => {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${this.output}`);
      return fetch(`${this.url}/-/ready`).then(
        (answer) => answer.ok,
        () => false,
      );
    });
  }
}

/** The shipped prometheus.yml and rules, with other addresses and a shorter interval. */
export class Prometheus extends Server {
  static async start({ targets, alertmanager, interval = '1s', rules }: PrometheusOptions): Promise<Prometheus> {
    const server = new Prometheus(await freePort());
    const directory = path.join(server.directory, RULES);
    mkdirSync(directory, { recursive: true });
    for (const [name, file] of ruleFiles()) {
      writeFileSync(path.join(directory, name), dump(rules === undefined ? file : rules(file)));
    }
    const shipped = yaml<Configuration>('prometheus.yml');
    const configuration = {
      ...shipped,
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      alerting: {
        alertmanagers: [{ static_configs: [{ targets: alertmanager === undefined ? [] : [alertmanager] }] }],
      },
      scrape_configs: shipped.scrape_configs
        .filter(({ job_name }) => targets[job_name] !== undefined)
        .map(({ job_name }) => ({ job_name, static_configs: [{ targets: targets[job_name] }] })),
    };
    const file = path.join(server.directory, 'prometheus.yml');
    writeFileSync(file, dump(configuration));
    try {
      await server.run('prometheus', [
        `--config.file=${file}`,
        `--storage.tsdb.path=${server.directory}/data`,
        `--web.listen-address=127.0.0.1:${server.port}`,
        '--log.level=warn',
      ]);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** An instant query. @throws Error with Prometheus' own words when the expression is wrong */
  async query(expression: string, atMs?: number): Promise<readonly Sample[]> {
    const query = new URLSearchParams({ query: expression, ...(atMs && { time: String(atMs / 1_000) }) });
    const answer = await fetch(`${this.url}/api/v1/query?${query}`);
    const body = (await answer.json()) as {
      readonly error?: string;
      readonly data?: { readonly resultType: string; readonly result: unknown };
    };
    if (body.data === undefined) throw new Error(`${expression}: ${body.error}`);
    if (body.data.resultType === 'scalar') {
      return [{ labels: {}, value: Number((body.data.result as [number, string])[1]) }];
    }
    const vector = body.data.result as { metric: Record<string, string>; value: [number, string] }[];
    return vector.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The one value of an expression; undefined: it has none. */
  async value(expression: string, atMs?: number): Promise<number | undefined> {
    return (await this.query(expression, atMs))[0]?.value;
  }
}

/** The shipped alertmanager.yml, with its secrets in the given files and without its waiting. */
export class Alertmanager extends Server {
  /** @param secrets the addresses that its receivers read, by the name of the secret */
  static async start(secrets: Readonly<Record<string, string>>): Promise<Alertmanager> {
    const server = new Alertmanager(await freePort());
    for (const [name, value] of Object.entries(secrets)) writeFileSync(path.join(server.directory, name), value);
    const configuration = source('deploy/alertmanager/alertmanager.yml')
      .replaceAll('/run/secrets/', `${server.directory}/`)
      .replace(/group_wait: 10s/, 'group_wait: 1s')
      .replace(/group_interval: 1m/, 'group_interval: 1s');
    const file = path.join(server.directory, 'alertmanager.yml');
    writeFileSync(file, configuration);
    try {
      await server.run(ALERTMANAGER ?? 'alertmanager', [
        `--config.file=${file}`,
        `--storage.path=${server.directory}/data`,
        `--web.listen-address=127.0.0.1:${server.port}`,
        '--cluster.listen-address=',
      ]);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }
}
