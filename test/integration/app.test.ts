import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { WebSocket } from 'ws';

// The tests run as compiled JavaScript or, where Node strips types, as they are; the app then runs the same way.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const SERVER = fileURLToPath(new URL(`../../src/app/server.${EXTENSION}`, import.meta.url));

interface RunningApp {
  readonly child: ChildProcess;
  readonly port: number;
  readonly origin: string;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
  /** Resolves with the first line of its output, past or to come, that matches. */
  line(pattern: RegExp): Promise<string>;
}

describe('the reference app, as a process of its own', () => {
  const children: ChildProcess[] = [];

  function run(args: readonly string[], env: Record<string, string>): Omit<RunningApp, 'port' | 'origin'> {
    const { NODE_APP_INSTANCE: _ours, ...inherited } = process.env;
    const child = spawn(process.execPath, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    const lines: string[] = [];
    const listeners = new Set<(line: string) => void>();
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NonNullable<typeof stream> }).on('line', (text) => {
        lines.push(text);
        for (const listener of listeners) listener(text);
      });
    }
    // `close`, not `exit`: by then all of the output has been read.
    const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    const line = (pattern: RegExp): Promise<string> =>
      new Promise((resolve, reject) => {
        const seen = lines.find((text) => pattern.test(text));
        if (seen !== undefined) return resolve(seen);
        listeners.add((text) => pattern.test(text) && resolve(text));
        exit.then(() => reject(new Error(`ended without a line like ${pattern}; its output:\n${lines.join('\n')}`)));
      });
    return { child, exit, line };
  }

  async function start(env: Record<string, string> = {}, args: readonly string[] = [SERVER]): Promise<RunningApp> {
    const app = run(args, { PORT: '0', ...env });
    const port = Number(/localhost:(\d+)/.exec(await app.line(/localhost:\d+/))?.[1]);
    return { ...app, port, origin: `http://127.0.0.1:${port}` };
  }

  afterEach(async () => {
    const ended = children.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    await Promise.all(ended);
  });

  async function json(url: string): Promise<Record<string, unknown>> {
    return (await (await fetch(url)).json()) as Record<string, unknown>;
  }

  /** A raw connection; resolves once it is open. */
  async function open(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** What comes back for `bytes` until the connection ends; a reset is an end too, and may take the answer with it. */
  async function say(port: number, bytes: string | Buffer): Promise<string> {
    const socket = await open(port);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.end(bytes);
    await new Promise((resolve) => socket.once('close', resolve));
    return answer;
  }

  describe('over HTTP', () => {
    let app: RunningApp;
    beforeEach(async () => {
      app = await start();
    });

    it('serves a page whose policy admits nothing but its own style and script', async () => {
      const response = await fetch(`${app.origin}/`);
      const page = await response.text();
      const policy = response.headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
      expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
      expect(policy).to.include("default-src 'none'");
      expect(page).to.include(`<script nonce="${nonce}">`).and.to.include(`<style nonce="${nonce}">`);
      expect(page).to.include(`single process (pid ${app.child.pid})`);
    });

    it('tells its health', async () => {
      const health = await json(`${app.origin}/health`);
      expect(health).to.include({ status: 'ok' });
      expect(health.uptimeSeconds).to.be.above(0);
      expect(health.memory).to.have.property('rssBytes').above(10_000_000);
      expect(health.worker).to.deep.equal({ slot: null, id: null, pid: app.child.pid });
    });

    it('says in its performance report that it is a single process, and counts its requests', async () => {
      for (let count = 0; count < 3; count += 1) await json(`${app.origin}/api/fast`);
      const report = await json(`${app.origin}/health/performance`);
      expect(report.mode).to.equal('single-process');
      expect(report.latency).to.include({ count: 3 });
      expect(report.latency).to.have.property('p99Ms').above(0);
      expect(report.eventLoop).to.have.property('utilization').within(0, 1);
      expect(report.memory).to.have.property('heapUsedBytes').above(0);
    });

    it('keeps event streams out of its latencies', async () => {
      await (await fetch(`${app.origin}/api/stream?seconds=1`)).text();
      expect((await json(`${app.origin}/health/performance`)).latency).to.include({ count: 0 });
    });

    it('spends the CPU time it is asked for', async () => {
      const work = await json(`${app.origin}/api/cpu?ms=20`);
      expect(work).to.include({ ok: true, askedMs: 20 });
      expect(work.cpuMs).to.be.at.least(20);
    });

    it('answers others while a request waits for I/O', async () => {
      const order: string[] = [];
      const slow = json(`${app.origin}/api/io?ms=500`).then((body) => order.push(`waited ${body.askedMs}`));
      const fast = json(`${app.origin}/api/fast`).then(() => order.push('fast'));
      await Promise.all([slow, fast]);
      expect(order).to.deep.equal(['fast', 'waited 500']);
    });

    it('streams events to the end it announces', async () => {
      const response = await fetch(`${app.origin}/api/stream?seconds=1`);
      expect(response.headers.get('content-type')).to.equal('text/event-stream');
      const worker = { slot: null, id: null, pid: app.child.pid };
      expect(await response.text()).to.equal(
        `event: tick\ndata: ${JSON.stringify({ tick: 1, of: 1, worker })}\n\nevent: end\ndata: {"reason":"complete"}\n\n`,
      );
    });

    it('sends a download of exactly the size asked for', async () => {
      const response = await fetch(`${app.origin}/api/download?mb=3`);
      expect(response.headers.get('content-length')).to.equal('3145728');
      expect((await response.arrayBuffer()).byteLength).to.equal(3_145_728);
    });

    it('does not fill its memory for a client that does not read its download', async () => {
      const before = (await json(`${app.origin}/health`)).memory as { rssBytes: number };
      const request = httpGet(`${app.origin}/api/download?mb=1024`, { agent: false });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.pause();
      let rssBytes = 0;
      for (let count = 0; count < 50; count += 1) {
        const { memory } = (await json(`${app.origin}/health`)) as { memory: { rssBytes: number } };
        rssBytes = Math.max(rssBytes, memory.rssBytes);
      }
      request.destroy();
      expect(rssBytes - before.rssBytes).to.be.below(100_000_000);
    });

    it('answers HEAD without making the body', async () => {
      for (const path of ['/api/download?mb=1024', '/api/stream?seconds=60', '/']) {
        const response = await fetch(app.origin + path, { method: 'HEAD' });
        expect(response.status, path).to.equal(200);
        expect(await response.text()).to.equal('');
      }
    });

    const badQueries: [path: string, parameter: string][] = [
      ['/api/cpu?ms=0', 'ms'],
      ['/api/cpu?ms=2001', 'ms'],
      ['/api/cpu?ms=1&ms=2', 'ms'],
      ['/api/cpu?ms[]=1&ms=x', 'ms'],
      ['/api/io?ms=-5', 'ms'],
      ['/api/io?ms=', 'ms'],
      ['/api/stream?seconds=61', 'seconds'],
      ['/api/stream?seconds=1.5', 'seconds'],
      ['/api/download?mb=1e9', 'mb'],
      ['/api/download?mb=%00', 'mb'],
    ];
    it('refuses bad parameters with a problem document that names them', async () => {
      for (const [path, parameter] of badQueries) {
        const response = await fetch(app.origin + path);
        expect(response.status, path).to.equal(400);
        expect(response.headers.get('content-type')).to.equal('application/problem+json; charset=utf-8');
        expect(await response.json()).to.include({ status: 400, code: 'INVALID_PARAMETER', parameter });
      }
    });

    it('has a problem document for unknown paths, other methods and missing upgrades', async () => {
      const cases: [path: string, method: string, status: number, code: string][] = [
        ['/nope', 'GET', 404, 'NOT_FOUND'],
        ['/%', 'GET', 404, 'NOT_FOUND'],
        ['/api/fast', 'POST', 405, 'METHOD_NOT_ALLOWED'],
        ['/health', 'DELETE', 405, 'METHOD_NOT_ALLOWED'],
        ['/ws', 'GET', 426, 'UPGRADE_REQUIRED'],
      ];
      for (const [path, method, status, code] of cases) {
        const response = await fetch(app.origin + path, { method });
        expect(response.status, path).to.equal(status);
        expect(await response.json()).to.include({ status, code });
        if (status === 405) expect(response.headers.get('allow')).to.equal('GET, HEAD');
      }
    });

    it('outlives bytes that are not HTTP', async () => {
      const garbage = Buffer.from(Array.from({ length: 4_096 }, (_, index) => (index * 7_919) % 256));
      expect(await say(app.port, garbage)).to.match(/^HTTP\/1\.1 400 /);
      await say(app.port, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`);
      expect(await say(app.port, 'GET * HTTP/1.1\r\nHost: x\r\n\r\n')).to.match(/^HTTP\/1\.1 40\d /);
      expect(
        await say(app.port, 'GET //[ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      ).to.match(/^HTTP\/1\.1 404 /);
      expect((await json(`${app.origin}/health`)).worker).to.include({ pid: app.child.pid });
    });
  });

  describe('over a WebSocket', () => {
    let app: RunningApp;
    beforeEach(async () => {
      app = await start();
    });

    /** A WebSocket whose messages are taken one by one, the welcome first. */
    async function join(path = '/ws'): Promise<{ socket: WebSocket; next: () => Promise<Record<string, unknown>> }> {
      const socket = new WebSocket(`ws://127.0.0.1:${app.port}${path}`);
      const messages = (async function* () {
        const queue: unknown[] = [];
        let wake = (): void => undefined;
        socket.on('message', (data) => {
          queue.push(JSON.parse(data.toString()));
          wake();
        });
        while (true) {
          while (queue.length > 0) yield queue.shift() as Record<string, unknown>;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      })();
      const next = async (): Promise<Record<string, unknown>> =>
        (await messages.next()).value as Record<string, unknown>;
      const welcome = next();
      await once(socket, 'open');
      expect(await welcome).to.include({ type: 'welcome' });
      return { socket, next };
    }

    it('echoes to the sender, and passes chat to everybody', async () => {
      const [one, two] = [await join(), await join()];
      one.socket.send(JSON.stringify({ type: 'echo', data: { n: 1 } }));
      one.socket.send(JSON.stringify({ type: 'chat', text: 'hello' }));
      expect(await one.next()).to.deep.include({ type: 'echo', data: { n: 1 } });
      expect(await one.next()).to.include({ type: 'chat', from: 'guest-1', text: 'hello', members: 2 });
      expect(await two.next()).to.include({ type: 'chat', from: 'guest-1', text: 'hello', members: 2 });
    });

    it('answers bad JSON with an error message, and goes on', async () => {
      const { socket, next } = await join();
      socket.send('{"type":');
      expect(await next()).to.include({ type: 'error', code: 'BAD_JSON' });
      socket.send(Buffer.from([0xff, 0xfe]));
      expect(await next()).to.include({ type: 'error', code: 'BAD_JSON' });
      socket.send('{"type":"echo","data":"still here"}');
      expect(await next()).to.include({ type: 'echo', data: 'still here' });
    });

    it('closes on a message that is too long, and outlives it', async () => {
      const { socket } = await join();
      socket.send('x'.repeat(65_537));
      const [code] = await once(socket, 'close');
      expect(code).to.equal(1009);
      expect(await json(`${app.origin}/health`)).to.include({ status: 'ok' });
    });

    it('outlives frames that break the protocol', async () => {
      const { socket } = await join();
      const raw = (socket as unknown as { _socket: Socket })._socket;
      raw.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
      const [code] = await once(socket, 'close');
      expect(code).to.equal(1002);
      expect(await json(`${app.origin}/health`)).to.include({ status: 'ok' });
    });

    it('answers an upgrade of any other path with 404', async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${app.port}/elsewhere`);
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).to.equal('Unexpected server response: 404');
    });
  });

  describe('on a stop signal', () => {
    it('finishes requests, ends streams, closes WebSockets with 1001 and exits with 0', async () => {
      const app = await start();
      const silent = await open(app.port);
      const socket = new WebSocket(`ws://127.0.0.1:${app.port}/ws`);
      await once(socket, 'message');
      const stream = await fetch(`${app.origin}/api/stream?seconds=60`);
      const request = httpGet(`${app.origin}/api/io?ms=500`, { agent: false });
      const waiting = once(request, 'response');
      await once(request, 'finish');
      // Asked after the request above was sent, and answered on a connection that then is idle.
      expect(await json(`${app.origin}/health`)).to.include({ status: 'ok' });

      const silentEnd = once(silent, 'close');
      const socketEnd = once(socket, 'close');
      app.child.kill('SIGTERM');
      const [response] = (await waiting) as [IncomingMessage];
      expect(response.statusCode).to.equal(200);
      expect(response.headers.connection).to.equal('close');
      expect(JSON.parse((await response.toArray()).join(''))).to.include({ ok: true, askedMs: 500 });
      expect(await stream.text()).to.match(/event: end\ndata: {"reason":"stopping"}\n\n$/);
      const [code] = await socketEnd;
      expect(code).to.equal(1001);
      await silentEnd;
      expect(await app.exit).to.deep.equal({ code: 0, signal: null });
    });

    it('says on open connections that it is stopping, and takes no new ones', async () => {
      const app = await start();
      const kept = await open(app.port);
      const answers = createInterface({ input: kept })[Symbol.asyncIterator]();
      // The request's head is half sent when the signal comes, so that the connection is not idle.
      kept.write('GET /health HTTP/1.1\r\nHost: x\r\n');
      await json(`${app.origin}/health`);
      app.child.kill('SIGTERM');
      await app.line(/stopping/);
      kept.write('\r\n');
      expect((await answers.next()).value).to.equal('HTTP/1.1 503 Service Unavailable');
      expect(await app.exit).to.deep.equal({ code: 0, signal: null });
      const late = connect(app.port, '127.0.0.1');
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).to.equal('ECONNREFUSED');
    });

    it('ends on SIGINT too, and cuts what is left at a second signal', async () => {
      const app = await start();
      const waiting = fetch(`${app.origin}/api/io?ms=10000`).then(
        () => 'answered',
        () => 'cut',
      );
      await json(`${app.origin}/health`);
      app.child.kill('SIGINT');
      await app.line(/SIGINT: stopping/);
      app.child.kill('SIGINT');
      expect(await waiting).to.equal('cut');
      expect(await app.exit).to.deep.equal({ code: 0, signal: null });
    });
  });

  describe('at its start', () => {
    it('ends with 1 and one clear line when PORT is no port', async () => {
      const app = run([SERVER], { PORT: 'http' });
      expect(await app.line(/./)).to.equal('PORT is "http"; allowed is a whole number from 0 to 65535');
      expect(await app.exit).to.deep.equal({ code: 1, signal: null });
    });

    it('ends with 1 and one clear line when the port is taken', async () => {
      const holder = createServer().listen(0);
      await once(holder, 'listening');
      const { port } = holder.address() as { port: number };
      const app = run([SERVER], { PORT: String(port) });
      expect(await app.line(/./)).to.equal(`cannot listen: port ${port} is taken; set PORT to another`);
      expect(await app.exit).to.deep.equal({ code: 1, signal: null });
      holder.close();
    });

    it('knows that it is a cluster’s worker, and which', async () => {
      const primary = `
        const cluster = require('node:cluster');
        cluster.setupPrimary({ exec: ${JSON.stringify(SERVER)}, execArgv: [] });
        const worker = cluster.fork({ NODE_APP_INSTANCE: 3 });
        process.on('SIGTERM', () => worker.process.kill('SIGTERM'));
        worker.on('exit', (code) => process.exit(code ?? 1));`;
      const app = await start({}, ['-e', primary]);
      const { worker } = (await json(`${app.origin}/api/fast`)) as { worker: { pid: number } };
      expect(worker).to.include({ slot: 3, id: 1 });
      expect(worker.pid).not.to.equal(app.child.pid);
      expect(await json(`${app.origin}/health/performance`)).to.include({ mode: 'cluster-worker' });
      app.child.kill('SIGTERM');
      expect(await app.exit).to.deep.equal({ code: 0, signal: null });
    });
  });
});
