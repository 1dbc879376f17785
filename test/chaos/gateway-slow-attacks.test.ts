import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import { ServerProcess } from './gateway-server.ts';

const ATTACKERS = 2_000;
/** Each says a little every second, all of them at the same moment, or reads 64 KB every two seconds. Of a well-behaved client: */
const PER_SECOND = 250;
const WINDOWS = 5;
const WINDOW_MS = 1_200;

const SLOW_READERS = fileURLToPath(new URL('./gateway-slow-readers.js', import.meta.url));

/** Behind the others in the queue for the cores: their work is not the gateway's. */
function attackers(port: number, ...command: readonly string[]): ChildProcess {
  const numbers = ['-c', String(ATTACKERS), '-r', '1000', '-l', '60', '-p', '5', '-u', `http://127.0.0.1:${port}/`];
  const [program = '', ...args] = command[0] === process.execPath ? command : [...command, ...numbers];
  return spawn('nice', ['-n', '19', program, ...args], { stdio: 'ignore' });
}

const ATTACKS = [
  {
    name: 'heads that never end (slowloris)',
    begin: (port: number) => attackers(port, 'slowhttptest', '-H', '-i', '1'),
  },
  {
    name: 'bodies that never end (slow POST)',
    begin: (port: number) => attackers(port, 'slowhttptest', '-B', '-i', '1', '-s', '8192', '-x', '10'),
  },
  {
    name: 'answers that are hardly read',
    begin: (port: number) =>
      attackers(port, process.execPath, SLOW_READERS, String(port), String(ATTACKERS), '/10000000'),
  },
];

/** The median of the 99th percentiles of several windows: one hiccup of the machine spoils one of them. */
async function p99(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const percentiles: number[] = [];
  for (let window = 0; window < WINDOWS; window++) {
    const times: number[] = [];
    const asked: Promise<void>[] = [];
    const startMs = performance.now();
    for (let dueMs = 0; dueMs < WINDOW_MS; dueMs += 1000 / PER_SECOND) {
      await pause(Math.max(0, startMs + dueMs - performance.now()));
      asked.push(ask(port, agent, times));
    }
    await Promise.all(asked);
    times.sort((a, b) => a - b);
    percentiles.push(times[Math.floor(times.length * 0.99)] as number);
  }
  agent.destroy();
  return percentiles.sort((a, b) => a - b)[WINDOWS >> 1] as number;
}

function ask(port: number, agent: Agent, times: number[]): Promise<void> {
  const fromMs = performance.now();
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
      response.resume().once('end', () => {
        times.push(performance.now() - fromMs);
        resolve();
      });
    })
      .once('error', reject)
      .end();
  });
}

describe(`a well-behaved client beside ${ATTACKERS} slow ones (slowhttptest)`, function () {
  this.timeout(90_000);
  let upstream: ServerProcess;
  let gateway: ServerProcess;
  let attack: ChildProcess | undefined;

  before(function () {
    if (spawnSync('slowhttptest', ['-h'], { stdio: 'ignore' }).error !== undefined) this.skip();
  });

  beforeEach(async () => {
    upstream = await ServerProcess.upstream();
    gateway = await ServerProcess.gateway({ upstreams: [{ port: upstream.port }] });
  });

  afterEach(async () => {
    if (attack?.exitCode === null) {
      attack.kill('SIGKILL');
      await once(attack, 'exit');
    }
    attack = undefined;
    await Promise.all([gateway.stop(), upstream.stop()]);
  });

  for (const { name, begin } of ATTACKS) {
    it(`is served as fast as without them: ${name}`, async () => {
      await p99(gateway.port); // warms up
      const quietMs = await p99(gateway.port);
      attack = begin(gateway.port);
      const connections = async (): Promise<number> => (await gateway.figures()).status.connections;
      await until('all attackers are connected', async () => (await connections()) >= ATTACKERS, 20_000);
      const attackedMs = await p99(gateway.port);
      expect(await connections(), 'attackers that are still there').to.be.at.least(ATTACKERS * 0.95);
      process.stdout.write(`      p99 ${quietMs.toFixed(2)} ms, attacked ${attackedMs.toFixed(2)} ms\n`);
      expect(attackedMs).to.be.at.most(quietMs * 2);
    });
  }
});
