/** Where the processes of a test keep their state, how each of them opens it, and how a test talks to them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RedisNode } from '../../../src/scaling/state/settings.ts';
import type { SharedState } from '../../../src/scaling/state/shared-state.ts';

/** An embedded store, a Redis, or a Redis with the embedded store behind it. */
export interface Target {
  readonly socketPath?: string;
  readonly redis?: readonly RedisNode[];
}

/** Connected when it resolves. */
export async function openTarget({ socketPath, redis }: Target): Promise<SharedState> {
  if (redis === undefined) return openEmbedded(socketPath ?? '');
  const { RedisState } = await import('../../../src/scaling/state/redis/redis-state.ts');
  const others = { cluster: false, password: '', db: 0, tls: false, readReplicas: false, commandTimeoutMs: 5000 };
  const primary = new RedisState({ nodes: redis, ...others }, 'test:');
  await primary.connect();
  if (socketPath === undefined) return primary;
  const { FallbackState } = await import('../../../src/scaling/state/fallback/fallback-state.ts');
  const embedded = await openEmbedded(socketPath);
  return new FallbackState({ primary, embedded, probeIntervalMs: 100, detectMs: 1000 });
}

async function openEmbedded(socketPath: string): Promise<SharedState> {
  const { RemoteState } = await import('../../../src/scaling/state/embedded/remote-state.ts');
  const remote = new RemoteState({ socketPath });
  await remote.connect();
  return remote;
}

/** In a worker: the target that its test gave it. */
export function targetFromEnvironment(): Target {
  return JSON.parse(process.env.TEST_TARGET ?? '') as Target;
}

/** A process of this folder's `name.js`, which says something by IPC when it is ready. */
export class TestWorker {
  readonly process: ChildProcess;

  constructor(name: string, target: Target) {
    const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    this.process = fork(script, [], { env: { ...process.env, TEST_TARGET: JSON.stringify(target) }, stdio: 'inherit' });
  }

  /** Its next message; an error if it ends instead. */
  async next<T>(): Promise<T> {
    const waiting = new AbortController();
    const { signal } = waiting;
    try {
      return await Promise.race([
        once(this.process, 'message', { signal }).then(([message]) => message as T),
        once(this.process, 'exit', { signal }).then(([code]) => {
          throw new Error(`the worker ended with ${code}`);
        }),
      ]);
    } finally {
      waiting.abort();
    }
  }

  ask<T>(message: object): Promise<T> {
    const answer = this.next<T>();
    this.process.send(message);
    return answer;
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const end = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await end;
  }
}

/** Starts so many workers and waits for the first message of each, which it returns beside them. */
export async function startWorkers<T>(name: string, count: number, target: Target) {
  const workers = Array.from({ length: count }, () => new TestWorker(name, target));
  try {
    const ready = await Promise.all(workers.map((worker) => worker.next<T>()));
    return { workers, ready };
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.kill()));
    throw error;
  }
}
