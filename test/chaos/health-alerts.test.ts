import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { HealthBody } from '../../src/scaling/health-monitor.ts';
import { AlertReceivers } from '../helpers/alert-receivers.ts';
import { freePort } from '../helpers/free-port.ts';
import { POSTGRES_MISSING, PostgresServer } from '../helpers/postgres-servers.ts';
import { RedisServer, redisAvailable } from '../helpers/redis-server.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { skipWithout } from '../helpers/skip-without.ts';

const INTERVAL_MS = 500;
const HUNG_TIMEOUT_MS = 6_000;
/** Two checks that take their whole timeout, one that was under way, and the round that looks; twice that on a busy machine. */
const NOTICED_WITHIN_MS = 20_000;

/** How high a real trouble rises depends on the machine; whatever was told was told once. */
function expectEachOnce(told: readonly string[]): void {
  expect(told.filter((word, index) => word === told[index - 1])).to.deep.equal([]);
}

describe('the health monitor, when real things break', function () {
  this.timeout(120_000);
  let directory: string;
  let receivers: AlertReceivers;
  let runtime: Runtime;
  let redis: RedisServer | undefined;
  let postgres: PostgresServer | undefined;
  let isMounted = false;

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-health-'));
    receivers = await AlertReceivers.start();
    if (redisAvailable()) {
      redis = new RedisServer(await freePort());
      await redis.start();
    }
    if (POSTGRES_MISSING === '') postgres = await PostgresServer.start();
    const disk = path.join(directory, 'disk');
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk], { stdio: 'ignore' });
      isMounted = true;
    } catch {
      // Not root: that test skips itself.
    }
    runtime = await Runtime.start(fixture('breakable.cjs'), {
      args: ['-i', '2'],
      env: {
        ...receivers.env,
        AUTO_SCALING_ENABLED: 'false',
        SCALING_INTERVAL_MS: '250',
        HUNG_TIMEOUT_MS: String(HUNG_TIMEOUT_MS),
        HEALTH_CHECK_INTERVAL_MS: String(INTERVAL_MS),
        HEALTH_CHECK_TIMEOUT_MS: '2000',
        HEALTH_CHECK_PATH: '/healthz',
        HEALTH_DISK_PATHS: disk,
        // Far from what a busy machine needs for an answer: the tests are of absences.
        HEALTH_LEVELS: 'file-descriptors=0.05/0.1,redis=1500/2000,postgres=1500/2000,app=1500/2000',
        BREAK_FILE: path.join(directory, 'broken'),
        ...(postgres !== undefined && { DATABASE_URL: postgres.url() }),
        ...(redis !== undefined && { REDIS_ENABLED: 'true', REDIS_HOST: redis.host, REDIS_PORT: String(redis.port) }),
        // So that somebody writes to it.
        MAX_SLOTS_PER_SERVER: '4',
      },
    });
    const checked = ['disk', 'file-descriptors'];
    await until('all is well', async () => {
      const { probes, dependencies } = await health();
      return (
        checked.every((name) => probes[name]?.level === 'ok') &&
        (redis === undefined || 'value' in (dependencies.redis ?? {})) &&
        ['app', ...(redis ? ['redis'] : []), ...(postgres ? ['postgres'] : [])].every(
          (name) => dependencies[name]?.level === 'ok',
        )
      );
    });
    // What a busy machine was slow at while everything started.
    receivers.forget();
  });

  after(async () => {
    await runtime?.kill();
    await receivers?.stop();
    await redis?.stop();
    await postgres?.stop();
    if (isMounted) execFileSync('umount', [path.join(directory, 'disk')]);
    rmSync(directory, { recursive: true, force: true });
  });

  async function health(): Promise<HealthBody> {
    return (await runtime.api<HealthBody>('GET', '/health')).body;
  }

  /** Waits until both receivers have heard these words of an alert, and finds no other. */
  async function told(key: string, words: readonly string[], withinMs = NOTICED_WITHIN_MS): Promise<void> {
    await until(
      `${words.join(', ')} of ${key}`,
      () => {
        const { posts, mails } = receivers.of(key);
        return posts.length >= words.length && mails.length >= words.length;
      },
      withinMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; heard was ${JSON.stringify(receivers.of(key))}`);
    });
    expect(receivers.of(key)).to.deep.equal({ posts: words, mails: words });
  }

  it('tells of a disk that fills, when it is full, and when there is room again', async function () {
    if (!isMounted) return skipWithout(this, 'the right to mount a file system (root)');
    const disk = path.join(directory, 'disk');
    writeFileSync(path.join(disk, 'much'), Buffer.alloc(3_700_000));
    await told('health/disk', ['warning']);
    writeFileSync(path.join(disk, 'more'), Buffer.alloc(400_000));
    await told('health/disk', ['warning', 'critical']);
    expect((await health()).status).to.equal('critical');
    expect((await runtime.api('GET', '/health')).status, 'requests may still come').to.equal(200);
    rmSync(path.join(disk, 'much'));
    rmSync(path.join(disk, 'more'));
    await told('health/disk', ['warning', 'critical', 'resolved']);
  });

  it('tells of a worker that runs out of file descriptors', async function () {
    if (process.platform !== 'linux') return skipWithout(this, 'Linux, where file descriptors are counted,');
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
    // Both workers, whoever answers: one request after the other until each had one.
    const open = async (count: number): Promise<void> => {
      const pids = new Set<string>();
      while (pids.size < 2)
        pids.add(await (await fetch(`${runtime.url}/open?n=${pids.size < 2 ? count : 0}`, NEW_CONNECTION)).text());
    };
    await open(Math.ceil(limit * 0.06));
    await told('health/file-descriptors', ['warning']);
    await until('all files are closed', async () => {
      await fetch(`${runtime.url}/open?n=0`, NEW_CONNECTION);
      return receivers.of('health/file-descriptors').posts.includes('resolved');
    });
    await told('health/file-descriptors', ['warning', 'resolved']);
  });

  it('tells of an app that says it is not well', async () => {
    writeFileSync(path.join(directory, 'broken'), '');
    await until('a notice', () => receivers.of('dependency/app').posts.includes('critical'), NOTICED_WITHIN_MS);
    expect((await health()).status, 'a dependency degrades').to.equal('degraded');
    expect((await runtime.api('GET', '/health')).status).to.equal(200);
    rmSync(path.join(directory, 'broken'));
    await until('the end of it', () => receivers.of('dependency/app').mails.includes('resolved'), NOTICED_WITHIN_MS);
    const { posts, mails } = receivers.of('dependency/app');
    expect(mails).to.deep.equal(posts);
    expectEachOnce(posts);
    expect(new Set(posts).size, 'nothing twice').to.equal(posts.length);
    expect((await health()).recoveries.map(({ action, target }) => `${action} ${target}`)).to.include('reconnect app');
  });

  it('tells of a Redis that is killed as soon as it is felt, and when it is back', async function () {
    if (redis === undefined) return skipWithout(this, 'redis-server');
    // What a busy machine was slow at before.
    receivers.forget();
    await redis.kill();
    await told('dependency/redis', ['warning']);
    await redis.start();
    await told('dependency/redis', ['warning', 'resolved'], 2 * NOTICED_WITHIN_MS);
    expect((await health()).dependencies.redis?.level).to.equal('ok');
  });

  it('does not take a Redis for back that answers and takes nothing', async function () {
    if (redis === undefined) return skipWithout(this, 'redis-server');
    receivers.forget();
    await redis.cli('config', 'set', 'maxmemory', '1');
    await told('dependency/redis', ['warning']);
    // It answers PING all the time; the check finds the trouble nevertheless.
    await until('the check has judged it', async () => {
      const page = await (await fetch(`${runtime.controlUrl}/metrics`)).text();
      return /^tidegate_health_status\{[^}]*probe="redis"[^}]*\} [12]$/m.test(page);
    });
    expect(receivers.of('dependency/redis').posts).to.deep.equal(['warning']);
    await redis.cli('config', 'set', 'maxmemory', '0');
    await told('dependency/redis', ['warning', 'resolved'], 2 * NOTICED_WITHIN_MS);
  });

  it('tells of a PostgreSQL that is killed, and connects again when it is back', async function () {
    if (postgres === undefined) return skipWithout(this, 'postgres');
    await postgres.kill();
    await until('a notice', () => receivers.of('dependency/postgres').mails.includes('critical'), NOTICED_WITHIN_MS);
    expect((await health()).status).to.equal('degraded');
    await postgres.restart();
    await until(
      'the end of it',
      () => receivers.of('dependency/postgres').mails.includes('resolved'),
      NOTICED_WITHIN_MS,
    );
    const { posts, mails } = receivers.of('dependency/postgres');
    expect(mails).to.deep.equal(posts);
    expectEachOnce(posts);
    expect(new Set(posts).size, 'nothing twice').to.equal(posts.length);
    const { recoveries } = await health();
    expect(recoveries.map(({ action, target }) => `${action} ${target}`)).to.include('reconnect postgres');
  });

  it('tells of a PostgreSQL that hangs', async function () {
    if (postgres === undefined) return skipWithout(this, 'postgres');
    receivers.forget();
    // The main process takes new connections; stopped, with its children, it answers nobody.
    const pids = execFileSync('pgrep', ['-P', String(postgres.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const all = [String(postgres.pid), ...pids];
    execFileSync('kill', ['-STOP', ...all]);
    try {
      await until('a notice', () => receivers.of('dependency/postgres').mails.includes('critical'), NOTICED_WITHIN_MS);
    } finally {
      execFileSync('kill', ['-CONT', ...all]);
    }
    await until(
      'the end of it',
      () => receivers.of('dependency/postgres').mails.includes('resolved'),
      NOTICED_WITHIN_MS,
    );
  });

  it('tells of an event loop that is late', async () => {
    let goOn = true;
    const burning = (async () => {
      while (goOn) {
        await Promise.all(
          [1, 2].map(() => fetch(`${runtime.url}/burn?ms=700`, NEW_CONNECTION).then((answer) => answer.text())),
        );
      }
    })();
    try {
      await until('a notice', () => receivers.of('health/event-loop').mails.includes('critical'), 20_000);
    } finally {
      goOn = false;
      await burning;
    }
    await until('the end of it', () => receivers.of('health/event-loop').mails.includes('resolved'), 20_000);
    const { posts, mails } = receivers.of('health/event-loop');
    expect(mails).to.deep.equal(posts);
    expectEachOnce(posts);
  });

  it('tells of an upstream whose breaker opens, and records that it gets nothing meanwhile', async () => {
    await until(
      'a notice',
      async () => {
        await Promise.all(
          Array.from({ length: 20 }, () =>
            fetch(`${runtime.url}/fail`, NEW_CONNECTION).then((answer) => answer.text()),
          ),
        );
        return receivers.of('health/upstreams').mails.includes('warning');
      },
      30_000,
    );
    const { recoveries } = await health();
    expect(recoveries.map(({ action, target }) => `${action} ${target}`)).to.include('shed worker-0');
    await runtime.api('POST', '/api/v1/admin/circuit-breaker/reset', {});
    await told('health/upstreams', ['warning', 'resolved']);
  });

  it('tells of a worker that hangs at a third of its time, has it replaced, and says so', async () => {
    const [worker] = await runtime.ready();
    const stoppedAtMs = Date.now();
    process.kill(Number(worker?.pid), 'SIGSTOP');
    await until('a warning', () => receivers.of('health/hung-workers').posts.includes('warning'), 20_000);
    // 3 s is the least silence that means something; reports come once a second.
    expect(Date.now() - stoppedAtMs).to.be.within(2_000, HUNG_TIMEOUT_MS);
    await until('the end of it', () => receivers.of('health/hung-workers').mails.includes('resolved'), 30_000);
    const { posts, mails } = receivers.of('health/hung-workers');
    expect(mails).to.deep.equal(posts);
    expectEachOnce(posts);
    expect(posts.at(-1)).to.equal('resolved');
    const { recoveries } = await health();
    expect(recoveries.find(({ action }) => action === 'replace')).to.include({
      workerId: worker?.id,
      outcome: 'replaced',
    });
    expect((await runtime.ready()).map(({ id }) => id)).to.not.include(worker?.id);
  });

  it('says 503 to load balancers as soon as the runtime stops', async () => {
    const { controlUrl } = runtime;
    const held = fetch(`${runtime.url}/burn?ms=3000`, NEW_CONNECTION).then((answer) => answer.text());
    const [{ status }] = await Promise.all([
      (async () => {
        await new Promise((resolve) => setTimeout(resolve, 300)); // the request must be under way
        runtime.process.kill('SIGTERM');
        return until('503', async () => {
          const answer = await fetch(`${controlUrl}/health`).catch(() => undefined);
          return answer?.status === 503 && answer;
        });
      })(),
      held,
    ]);
    expect(status).to.equal(503);
    await runtime.exited;
  });
});

const NEW_CONNECTION = { headers: { connection: 'close' } };

const MEMORY_CGROUP = '/sys/fs/cgroup/memory';

describe('the memory probe in a control group that fills', function () {
  this.timeout(60_000);
  const group = path.join(MEMORY_CGROUP, `tidegate-test-${process.pid}`);
  let directory: string;
  let receivers: AlertReceivers | undefined;
  let runtime: Runtime | undefined;

  before(function () {
    if (!existsSync(path.join(MEMORY_CGROUP, 'memory.limit_in_bytes')))
      return skipWithout(this, `a control group of version 1 (${MEMORY_CGROUP}/memory.limit_in_bytes)`);
    if (process.getuid?.() !== 0) return skipWithout(this, 'the right to make a control group (root)');
    directory = mkdtempSync(path.join(tmpdir(), 'tidegate-cgroup-'));
    mkdirSync(group);
    writeFileSync(path.join(group, 'memory.limit_in_bytes'), '500000000');
  });

  after(async () => {
    if (directory === undefined) return;
    await runtime?.kill();
    await receivers?.stop();
    await until('the group is empty', () => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return false;
      }
    });
    rmSync(directory, { recursive: true, force: true });
  });

  it('warns, and is resolved when the memory is free again', async () => {
    receivers = await AlertReceivers.start();
    const node = path.join(directory, 'node');
    writeFileSync(node, `#!/bin/sh\necho $$ > ${group}/cgroup.procs\nexec ${process.execPath} "$@"\n`);
    chmodSync(node, 0o755);
    runtime = await Runtime.start(fixture('slow.cjs'), {
      args: ['-i', '1'],
      execPath: node,
      env: { ...receivers.env, AUTO_SCALING_ENABLED: 'false' },
    });
    const of = receivers.of.bind(receivers);
    let leaked = 0;
    await until(
      'a warning',
      async () => {
        if (of('health/memory').posts.length > 0) return true;
        const { body } = await (runtime as Runtime).api<HealthBody>('GET', '/health');
        // Close to the limit the kernel would end the worker; the probe wants three values in a row.
        if (Number(body.probes.memory?.value) < 0.88 && leaked < 40) {
          leaked += 1;
          await fetch(`${runtime?.url}/leak?mb=10`);
        }
        return false;
      },
      30_000,
    );
    const [worker] = await runtime.ready();
    process.kill(Number(worker?.pid), 'SIGKILL');
    await until('the end of it', () => of('health/memory').mails.includes('resolved'), 20_000);
    expect(of('health/memory')).to.deep.equal({ posts: ['warning', 'resolved'], mails: ['warning', 'resolved'] });
  });
});
