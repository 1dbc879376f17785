import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { answerOf } from '../helpers/answer.ts';
import { freePort } from '../helpers/free-port.ts';
import { KeepAliveClients } from '../helpers/keep-alive-clients.ts';
import { isAlive, processesOf } from '../helpers/processes.ts';
import { START_SCALING, until } from '../helpers/runtime.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

const { missing } = TerminalSession;

describe(`a person at a terminal${missing === null ? '' : ` (skipped: needs ${missing})`}`, function () {
  this.timeout(60_000);
  let directory: string;
  let session: TerminalSession;
  let port: number;

  before(function () {
    if (missing !== null) this.skip();
  });

  beforeEach(async () => {
    directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'tg-')));
    port = await freePort();
    session = new TerminalSession([process.execPath, START_SCALING, '-i', '2'], {
      PORT: String(port),
      MANAGEMENT_PORT: '0',
      TIDEGATE_RUNTIME_DIR: directory,
    });
    await session.waitFor(/curl -X POST .*\n/);
  });

  afterEach(async () => {
    await session?.hangUp();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });

  /** The control API's address as the terminal shows it. */
  function controlUrl(): string {
    return /^ {2}dashboard +(http:\S+)\/$/m.exec(session.text)?.[1] ?? 'not shown';
  }

  async function status(): Promise<ClusterStatus> {
    return (await (await fetch(`${controlUrl()}/cluster/status`)).json()) as ClusterStatus;
  }

  it('reads where app, control API and dashboard are, and what to try next', async () => {
    const { text } = session;
    expect(text).to.match(/^ {2}Tidegate \d+\.\d+\.\d+ runs reference-app: 2 of 2 workers ready on \d+ cores?$/m);
    expect(text).to.match(new RegExp(`^ {2}app +http://localhost:${port}$`, 'm'));
    expect(text).to.match(/^ {2}control API +http:\/\/localhost:\d+\/openapi\.json/m);
    expect(text).to.match(/^ {2}Try next, in a second terminal/m);
    for (const verb of ['status', 'scale \\+1', 'reload', 'explain']) {
      expect(text).to.match(new RegExp(`^ +(npx )?tidegate ${verb} +\\S`, 'm'));
    }
    expect(session.raw).to.contain('\x1b[');
    expect(text).to.not.match(/^\{"/m);
  });

  it('finds what that says at those addresses, and can do what it proposes', async () => {
    expect((await fetch(`http://localhost:${port}/api/fast`)).status).to.equal(200);
    const dashboard = await fetch(`${controlUrl()}/`);
    expect(dashboard.headers.get('content-type')).to.match(/^text\/html/);
    const proposal = /curl -X POST (\S+) -H 'Content-Type: application\/json' -d '(\{.*\})'$/m.exec(session.text);
    const [, address = '', body = ''] = proposal ?? [];
    const headers = { 'Content-Type': 'application/json' };
    expect((await fetch(`http://${address}`, { method: 'POST', headers, body })).status).to.equal(202);
    await until('4 ready workers', async () => (await status()).ready === 4, 20_000);
  });

  it('Ctrl-C under load: everything in flight is answered, the exit code is 0, no process is left', async () => {
    const { pid, workers } = await status();
    const running = [pid, ...workers.map((worker) => worker.pid as number)];
    const clients = new KeepAliveClients(`http://127.0.0.1:${port}/api/fast`, 8);
    const slow = Array.from({ length: 6 }, () => answerOf(`http://127.0.0.1:${port}/api/io?ms=1500`));
    await until('load', () => clients.answered > 100);
    await until('6 slow requests in flight', async () => {
      const { upstreams } = (await (await fetch(`${controlUrl()}/loadbalancer/status`)).json()) as {
        upstreams: { inFlight: number }[];
      };
      return upstreams.reduce((sum, { inFlight }) => sum + inFlight, 0) >= 6;
    });
    session.pressCtrlC();

    expect(await Promise.all(slow)).to.deep.equal(Array(6).fill(200));
    await clients.ended;
    expect(clients.failures).to.deep.equal([]);
    expect(await session.exited).to.equal(0);
    expect(running.filter(isAlive)).to.deep.equal([]);
    expect(processesOf(directory)).to.deep.equal([]);
    expect(session.text).to.match(/stopping \(SIGINT\): workers finish what they have/);
  });

  it('a second Ctrl-C ends everything at once', async () => {
    const { pid, workers } = await status();
    const running = [pid, ...workers.map((worker) => worker.pid as number)];
    const endless = answerOf(`http://127.0.0.1:${port}/api/io?ms=10000`);
    await until('a request in flight', async () => (await metric('tidegate_http_requests_in_flight')) > 0);
    session.pressCtrlC();
    await session.waitFor(/stopping \(SIGINT\)/);
    session.pressCtrlC();
    expect(await endless).to.match(/^(socket hang up|read ECONNRESET)$/);
    await session.exited;
    expect(running.filter(isAlive)).to.deep.equal([]);
  });

  it('closing the terminal stops the runtime: with a terminal SIGHUP is no reload', async () => {
    const { pid, workers } = await status();
    const running = [pid, ...workers.map((worker) => worker.pid as number)];
    await session.hangUp();
    await until('everything has ended', () => running.filter(isAlive).length === 0, 20_000);
    expect(processesOf(directory)).to.deep.equal([]);
  });

  /** Sum over a metric's series. */
  async function metric(name: string): Promise<number> {
    const page = await (await fetch(`${controlUrl()}/metrics`)).text();
    const series = [...page.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'gm'))];
    return series.reduce((sum, [, value]) => sum + Number(value), 0);
  }
});
