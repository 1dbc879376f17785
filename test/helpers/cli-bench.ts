/** Runs the built command line as a process of its own, in a runtime directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ControlApi, cluster, type Handler, json } from './control-api.ts';

export const CLI_MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliBench {
  /** The runtime directory, and the working directory of commands; new for each test. */
  readonly runtimeDir: () => string;
  /** A running instance, with the routes given beside GET /cluster/status. */
  readonly instance: (routes?: Record<string, Handler>, name?: string) => Promise<ControlApi>;
  /** Closes a server, or ends a process, after the test. */
  readonly track: <T extends ControlApi | ChildProcess>(thing: T) => T;
  readonly staleInstance: (name: string) => Promise<void>;
  readonly launch: (args: readonly string[], env?: Record<string, string>) => ChildProcess;
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<Outcome>;
  readonly expectFailure: (args: readonly string[], message: RegExp, env?: Record<string, string>) => Promise<void>;
}

/** To be called within a describe: sets up and clears away around each of its tests. */
export function useCli(): CliBench {
  let runtimeDir = '';
  const apis: ControlApi[] = [];
  const children: ChildProcess[] = [];

  beforeEach(() => {
    runtimeDir = realpathSync(mkdtempSync(path.join(tmpdir(), 'tidegate-run-')));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await Promise.all(apis.splice(0).map((api) => api.close()));
    rmSync(runtimeDir, { recursive: true, force: true });
  });

  const socketOf = (name: string): string => path.join(runtimeDir, name, 'control.sock');

  async function instance(routes: Record<string, Handler> = {}, name = 'api'): Promise<ControlApi> {
    const api = new ControlApi({ 'GET /cluster/status': json(cluster({ name })), ...routes });
    apis.push(api);
    await api.listen(socketOf(name));
    return api;
  }

  /** Leaves a socket behind, as a process does that was killed. */
  async function staleInstance(name: string): Promise<void> {
    mkdirSync(path.dirname(socketOf(name)), { recursive: true });
    const owner = spawn(process.execPath, [
      '-e',
      `require('node:net').createServer().listen(${JSON.stringify(socketOf(name))}, () => console.log('listening'))`,
    ]);
    children.push(owner);
    await once(owner.stdout, 'data');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
  }

  function launch(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [CLI_MAIN, ...args], {
      cwd: runtimeDir,
      env: { ...inherited(), TIDEGATE_RUNTIME_DIR: runtimeDir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    return child;
  }

  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    const child = launch(args, env);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  /** One line on stderr, nothing on stdout, and no stack trace. */
  async function expectFailure(
    args: readonly string[],
    message: RegExp,
    env: Record<string, string> = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await run(args, env);
    expect({ code, stdout }, stderr).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr)
      .to.match(/^[^\n]+\n$/)
      .and.match(message);
  }

  function track<T extends ControlApi | ChildProcess>(thing: T): T {
    if (thing instanceof ControlApi) apis.push(thing);
    else children.push(thing);
    return thing;
  }

  return { runtimeDir: () => runtimeDir, instance, track, staleInstance, launch, run, expectFailure };
}

/** Nothing of the developer's own settings; but coverage is measured in the commands too. */
function inherited(): Record<string, string> {
  const { PATH = '', NODE_V8_COVERAGE } = process.env;
  return NODE_V8_COVERAGE === undefined ? { PATH } : { PATH, NODE_V8_COVERAGE };
}
