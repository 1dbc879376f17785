import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { RemoteState } from '../../../src/scaling/state/embedded/remote-state.ts';
import { StateProcess } from '../../../src/scaling/state/embedded/state-launcher.ts';
import { isAlive } from '../../helpers/processes.ts';
import { until } from '../../helpers/runtime.ts';

const MEMORY_LIMIT_BYTES = 16 * 1024 * 1024;
const built = (file: string): string => new URL(`../../../src/scaling/state/embedded/${file}.js`, import.meta.url).href;

describe('the process of the embedded store', () => {
  let directory: string;
  let socketPath: string;
  let logged: string[];
  let store: StateProcess;
  let state: RemoteState;
  const scripts: ChildProcess[] = [];

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-state-'));
    socketPath = path.join(directory, 'state.sock');
    logged = [];
    store = new StateProcess({
      socketPath,
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      log: (level, message) => logged.push(`${level} ${message}`),
    });
    state = new RemoteState({ socketPath });
  });
  afterEach(async () => {
    await state.close();
    await store.stop();
    for (const script of scripts.splice(0)) script.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  /** The process's id; fails when there is none. */
  function storePid(): number {
    const { pid } = store;
    if (pid === undefined) throw new Error('the store does not run');
    return pid;
  }

  /** Runs a module of these lines with the same Node. */
  function script(...lines: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, ['--input-type=module', '-e', lines.join('\n')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    scripts.push(child);
    return child;
  }

  it('serves this user alone, and leaves nothing behind when it is stopped', async () => {
    await store.start();
    const pid = storePid();
    expect(statSync(socketPath).mode & 0o777).to.equal(0o600);
    await state.set('a', 'x');
    expect(String(await state.get('a'))).to.equal('x');
    await store.stop();
    expect(isAlive(pid)).to.equal(false);
    expect(existsSync(socketPath)).to.equal(false);
    expect(store.pid).to.equal(undefined);
    expect(logged).to.deep.equal([]);
  });

  it('answers a caller that was busy for longer than its deadline', async () => {
    await store.start();
    await state.connect();
    const answer = state.set('a', 'x', { timeoutMs: 100 });
    // Its request goes out; then this process does nothing else for three times its deadline.
    await new Promise(process.nextTick);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    await answer;
  });

  it('is started again when it was killed, empty, and callers come back by themselves', async () => {
    await store.start();
    const heard: string[] = [];
    await state.subscribe('c', (message) => heard.push(String(message)));
    await state.set('a', 'x');
    const pid = storePid();
    process.kill(pid, 'SIGKILL');
    await until('it runs again', () => store.pid !== undefined && store.pid !== pid && state.status().connected);
    expect(await state.get('a')).to.equal(undefined);
    await state.publish('c', 'again');
    await until('the message', () => heard.length === 1);
    expect(logged).to.deep.equal([
      'error shared state: it ended with SIGKILL, and what it held is lost; it is started again in 50 ms',
      `info shared state: started again, pid ${store.pid}`,
    ]);
  });

  it('puts aside a socket that a killed one has left', async () => {
    writeFileSync(socketPath, '');
    await store.start();
    await state.connect();
  });

  it('does not end by Ctrl-C before those that need it, but by SIGTERM', async () => {
    await store.start();
    const pid = storePid();
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGHUP');
    await state.connect();
    expect(store.pid).to.equal(pid);
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => logged.length > 0);
    expect(logged[0]).to.include('it ended with code 0');
  });

  it('says why it can not be started, and is not tried again', async () => {
    const nowhere = path.join(directory, 'missing', 'state.sock');
    const other = new StateProcess({
      socketPath: nowhere,
      memoryLimitBytes: 1,
      log: (_level, message) => logged.push(message),
    });
    const error = await other.start().then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).to.equal("the store's process ended with code 1 before it was ready");
    expect(other.pid).to.equal(undefined);
    expect(logged).to.deep.equal([]);
  });

  it('ends within 2 s of a primary that was killed', async () => {
    const primary = script(
      `import { StateProcess } from ${JSON.stringify(built('state-launcher'))};`,
      `const store = new StateProcess({ socketPath: ${JSON.stringify(socketPath)}, memoryLimitBytes: ${MEMORY_LIMIT_BYTES}, log: console.error });`,
      'await store.start();',
      'console.log(store.pid);',
      'setInterval(() => {}, 1000);',
    );
    if (primary.stdout === null) throw new Error('its output is not read');
    const [line] = (await once(createInterface(primary.stdout), 'line')) as [string];
    const pid = Number(line);
    await state.connect();
    expect(isAlive(pid)).to.equal(true);
    primary.kill('SIGKILL');
    // The kernel closes the sockets of a process when it ends; its number may live on until somebody asks for its exit code.
    await until('the store has ended', () => !state.status().connected, 2000);
    expect(await state.ping({ timeoutMs: 200 }).catch((error) => error.code)).to.equal('STATE_UNAVAILABLE');
  });

  it('keeps no app alive that has nothing else to do, and no primary', async () => {
    await store.start();
    const app = script(
      `import { RemoteState } from ${JSON.stringify(built('remote-state'))};`,
      `const state = new RemoteState({ socketPath: ${JSON.stringify(socketPath)} });`,
      "await state.subscribe('c', () => {});",
      "await state.set('a', 'x');",
      "console.log(String(await state.get('a')));",
    );
    const primary = script(
      `import { StateProcess } from ${JSON.stringify(built('state-launcher'))};`,
      `const store = new StateProcess({ socketPath: ${JSON.stringify(`${socketPath}2`)}, memoryLimitBytes: ${MEMORY_LIMIT_BYTES}, log: console.error });`,
      'await store.start();',
    );
    const ended = await Promise.all([once(app, 'exit'), once(primary, 'exit')]);
    expect(ended.map(([code]) => code)).to.deep.equal([0, 0]);
  });

  it('keeps an app alive that waits for an answer, until its deadline', async () => {
    const app = script(
      `import { RemoteState } from ${JSON.stringify(built('remote-state'))};`,
      `const state = new RemoteState({ socketPath: ${JSON.stringify(socketPath)} });`,
      "await state.get('a', { timeoutMs: 300 }).catch((error) => console.log(error.code));",
    );
    let output = '';
    app.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    const [code] = await once(app, 'close');
    expect({ code, output }).to.deep.equal({ code: 0, output: 'STATE_UNAVAILABLE\n' });
  });
});
