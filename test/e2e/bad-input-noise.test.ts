import { expect } from 'chai';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { sendNoise } from '../helpers/noise.ts';
import { openDescriptors } from '../helpers/processes.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';
import { SeededRandom } from '../helpers/seeded-random.ts';

const SEED = 20_260_117;
const AT_ONCE = 40;
/** Connections of idle clients (fetch keeps some) may come and go meanwhile. */
const SPARE_DESCRIPTORS = 8;

describe('random bytes from the network', function () {
  this.timeout(90_000);
  let runtime: Runtime;

  afterEach(() => runtime.kill());

  async function start(algorithm: string): Promise<void> {
    runtime = await Runtime.start(fixture('http.cjs'), { args: ['-i', '2', '--lb-algorithm', algorithm] });
  }

  const pids = (status: ClusterStatus): number[] => [status.pid, ...status.workers.map(({ pid }) => pid as number)];

  /** Expects the same processes as before, at work, with nothing left open and nothing complained of. */
  async function unharmed(before: ClusterStatus, descriptors: readonly number[]): Promise<void> {
    const after = await runtime.status();
    expect(pids(after)).to.deep.equal(pids(before));
    expect(after.workers.map(({ restarts, phase }) => ({ restarts, phase }))).to.deep.equal(
      before.workers.map(() => ({ restarts: 0, phase: 'ready' })),
    );
    for (let request = 0; request < 20; request += 1) expect((await fetch(runtime.url)).status).to.equal(200);
    if (descriptors.some(Number.isNaN)) return; // no /proc to count in
    await until('every connection is closed', () =>
      pids(after).every((pid, index) => openDescriptors(pid) <= (descriptors[index] as number) + SPARE_DESCRIPTORS),
    );
    // Alerts tell of the machine, which may be busy with other things.
    expect(runtime.logs.filter(({ level, alert }) => level === 'error' && alert === undefined)).to.deep.equal([]);
  }

  it('10,000 requests on the control port change nothing', async () => {
    await start('adaptive');
    const before = await runtime.status();
    const descriptors = pids(before).map(openDescriptors);
    const { host, port } = new URL(runtime.controlUrl);
    const head = `Host: ${host}\r\nContent-Type: application/json\r\n`;
    const outcomes = await sendNoise({
      port: Number(port),
      requests: 10_000,
      atOnce: AT_ONCE,
      random: new SeededRandom(SEED),
      beginnings: [
        '',
        'GET /',
        'POST /scaling/manual HTTP/1.1\r\n',
        `GET /cluster/status HTTP/1.1\r\nHost: ${host}\r\n`,
        `GET /logs?lines=1 HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        `POST /scaling/manual HTTP/1.1\r\n${head}Content-Length: 60\r\n\r\n`,
        `POST /cluster/reload HTTP/1.1\r\n${head}Content-Length: 60\r\n\r\n`,
        `POST /scaling/manual HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\n`,
      ],
    });
    expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).to.equal(10_000);
    expect([...outcomes.keys()].filter((status) => status.startsWith('5'))).to.deep.equal([]);
    expect(outcomes.get('400')).to.be.above(2_000);
    await unharmed(before, descriptors);
    expect((await runtime.status()).generation).to.equal(1);
  });

  for (const [algorithm, requests] of [
    ['adaptive', 10_000],
    ['round-robin', 3_000],
  ] as const) {
    it(`${requests} requests on the app's port, ${algorithm}: the app answers, during and after`, async () => {
      await start(algorithm);
      const before = await runtime.status();
      const descriptors = pids(before).map(openDescriptors);
      const noise = sendNoise({
        port: runtime.port,
        requests,
        atOnce: AT_ONCE,
        random: new SeededRandom(SEED + 1),
        beginnings: [
          '',
          'GET /',
          'GET / HTTP/1.1\r\n',
          'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
          'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n',
          'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
          'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n',
        ],
      });
      let answered = 0;
      let over = false;
      void noise.finally(() => {
        over = true;
      });
      while (!over) {
        expect((await fetch(runtime.url)).status).to.equal(200);
        answered += 1;
      }
      const outcomes = await noise;
      expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).to.equal(requests);
      expect(outcomes.get('400')).to.be.above(requests / 4);
      expect(answered).to.be.above(10);
      await unharmed(before, descriptors);
    });
  }
});
