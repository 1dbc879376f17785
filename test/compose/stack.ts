/** The stack of docker-compose.scaling.yml on a Docker engine, for the tests beside. `scripts/test-compose.mjs` says where it is. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, until } from '../helpers/runtime.ts';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What is given by scripts/test-compose.mjs; undefined: there is no engine. */
export const COMPOSE_COMMAND = process.env.TIDEGATE_COMPOSE?.split(' ');
const SERVICES = (process.env.TIDEGATE_COMPOSE_SERVICES ?? '').split(' ').filter((name) => name !== '');

export interface Container {
  readonly id: string;
  readonly service: string;
  /** `running`, `exited` … */
  readonly state: string;
  /** `healthy` …; empty: it has no check. */
  readonly health: string;
  readonly exitCode: number;
}

interface Inspected {
  readonly Id: string;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>>; readonly User: string };
  readonly HostConfig: { readonly ReadonlyRootfs: boolean };
  readonly Mounts: readonly { readonly Destination: string }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

/** Of the engine that answers. */
const ENGINE_SOCKET = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');
const PROGRESS_MS = 10_000;

/** One call of the engine's command line. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await run('docker', [...args], { maxBuffer: MAX_OUTPUT_BYTES })).stdout;
}

/** One project of its own name, secrets and ports. */
export class Stack {
  readonly project = `tidegate-test-${process.pid}`;
  readonly secretsDirectory = mkdtempSync(path.join(tmpdir(), 'tidegate-secrets-'));
  readonly env: NodeJS.ProcessEnv;

  constructor(settings: Readonly<Record<string, string>>) {
    this.env = {
      ...process.env,
      COMPOSE_PROJECT_NAME: this.project,
      SECRETS_DIRECTORY: this.secretsDirectory,
      DOCKER_SOCKET: ENGINE_SOCKET,
      DOCKER_GROUP_ID: String(statSync(ENGINE_SOCKET).gid),
      ...settings,
    };
  }

  async makeSecrets(): Promise<void> {
    await run(process.execPath, [path.join(ROOT, 'scripts/docker/secrets.mjs')], { env: this.env });
  }

  secret(name: string): string {
    return readFileSync(path.join(this.secretsDirectory, name), 'utf8').trim();
  }

  /** In place: the file itself is what containers have mounted. */
  writeSecret(name: string, content: string): void {
    const file = path.join(this.secretsDirectory, name);
    // As root it may be written to although it says 0444.
    writeFileSync(file, content);
  }

  async compose(...args: readonly string[]): Promise<string> {
    const [command = '', ...first] = COMPOSE_COMMAND ?? [];
    const all = [...first, '-f', path.join(ROOT, 'docker-compose.scaling.yml'), ...args];
    const { stdout, stderr } = await run(command, all, { env: this.env, cwd: ROOT, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout + stderr;
  }

  docker(...args: readonly string[]): Promise<string> {
    return docker(...args);
  }

  /** Brings up everything that can be had, with so many app containers; what runs stays. */
  async up(replicas: number): Promise<void> {
    await this.compose('up', '-d', '--no-recreate', '--scale', `app=${replicas}`, ...SERVICES);
  }

  async inspect(...services: readonly string[]): Promise<readonly Inspected[]> {
    const filter = ['--filter', `label=com.docker.compose.project=${this.project}`];
    const ids = (await this.docker('ps', '-aq', '--no-trunc', ...filter)).split('\n').filter((id) => id !== '');
    if (ids.length === 0) return [];
    // One that went since it was listed is left out; the command fails then, and prints the others all the same.
    const printed = await this.docker('inspect', ...ids).catch((error: { readonly stdout?: string }) => {
      if (error.stdout === undefined) throw error;
      return error.stdout;
    });
    const all = JSON.parse(printed) as readonly Inspected[];
    return services.length === 0 ? all : all.filter((container) => services.includes(serviceOf(container)));
  }

  async containers(...services: readonly string[]): Promise<readonly Container[]> {
    return (await this.inspect(...services)).map((container) => ({
      id: container.Id,
      service: serviceOf(container),
      state: container.State.Status,
      health: container.State.Health?.Status ?? '',
      exitCode: container.State.ExitCode,
    }));
  }

  /** Waits until every container runs and is healthy; jobs have ended with 0. */
  async healthy(timeoutMs: number): Promise<readonly Container[]> {
    let waiting: readonly Container[] = [];
    let saidAtMs = Date.now();
    return until(
      'every container is healthy',
      async () => {
        const all = await this.containers();
        waiting = all.filter((container) => !isFine(container));
        if (Date.now() - saidAtMs > PROGRESS_MS) {
          saidAtMs = Date.now();
          process.stdout.write(`      … waits for ${describe(waiting)}\n`);
        }
        return all.length > 0 && waiting.length === 0 && all;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${describe(waiting)}`);
    });
  }

  /** Runs a command in the first container of a service. */
  async exec(service: string, ...command: readonly string[]): Promise<string> {
    const container = (await this.containers(service)).find(({ state }) => state === 'running');
    if (container === undefined) throw new Error(`no container of ${service} runs`);
    return this.docker('exec', container.id, ...command);
  }

  async redis(node: string, ...command: readonly string[]): Promise<string> {
    const words = command.map((word) => `'${word}'`).join(' ');
    const script = `REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli --no-auth-warning -c ${words}`;
    return (await this.exec(node, 'sh', '-c', script)).trim();
  }

  async sql(service: string, query: string): Promise<string> {
    return (await this.exec(service, 'psql', '-h', '/var/run/postgresql', '-U', 'tidegate', '-Atc', query)).trim();
  }

  /** Takes everything down, with its data. */
  async down(): Promise<void> {
    await this.compose('--profile', 'backup', 'down', '-v', '--remove-orphans', '-t', '5');
    rmSync(this.secretsDirectory, { recursive: true, force: true });
  }
}

function isFine({ state, health, exitCode }: Container): boolean {
  return state === 'exited' ? exitCode === 0 : state === 'running' && (health === '' || health === 'healthy');
}

function describe(containers: readonly Container[]): string {
  return containers.map(({ service, state, health }) => `${service} (${health || state})`).join(', ');
}

function serviceOf(container: Inspected): string {
  return container.Config.Labels['com.docker.compose.service'] ?? '';
}
