import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import type { LoadResult } from '../../src/cli/load-test/result.ts';
import { useCli } from '../helpers/cli-bench.ts';

describe('tidegate load-test', function () {
  this.timeout(30_000);
  const cli = useCli();
  let server: Server;
  let target: string;
  let answer: (response: ServerResponse, url: string) => void;
  const clients = new Set<string>();

  beforeEach(async () => {
    clients.clear();
    answer = (response) => void response.end('{"id":"7"}');
    server = createServer((request, response) => {
      clients.add(request.socket.remoteAddress ?? '');
      answer(response, request.url ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function run(...args: string[]): Promise<{ code: number | null; result: LoadResult; stderr: string }> {
    // autocannon takes whole seconds; these tests take less.
    const flags = ['--target', target, '--json', '--engine', 'own', ...args];
    const { code, stdout, stderr } = await cli.run(['load-test', ...flags]);
    return { code, result: stdout === '' ? (null as never) : JSON.parse(stdout), stderr };
  }

  it('shows a stall in an open loop for as many rounds as were due in it', async () => {
    const stallMs = 1_000;
    let asked = 0;
    let overAtMs = 0;
    answer = (response) => {
      asked += 1;
      if (asked === 20) overAtMs = performance.now() + stallMs;
      setTimeout(() => response.end(), Math.max(0, overAtMs - performance.now()));
    };
    // Two users only: what is due while both wait is not sent, and counts all the same.
    const { result } = await run('--rate', '50', '--users', '2', '--duration', '2');
    expect(result.total.succeeded).to.equal(100);
    // Half of all were due within the stall, the tenth that waited longest for most of it.
    expect(result.total.percentilesMs['90']).to.be.above(500);
    expect(result.total.maxMs).to.be.above(stallMs * 0.95);
  });

  it('fails when a threshold is missed, and writes all the same what it found', async () => {
    const html = path.join(cli.runtimeDir(), 'report.html');
    expect((await cli.run(['load-test', '--target', target, '--threshold', 'max<1us'])).code).to.equal(2);
    const missed = await run(
      '--users',
      '2',
      '--duration',
      '0.3',
      '--threshold',
      'errors<1%',
      'max<0.001',
      '--html',
      html,
    );
    expect(missed.code).to.equal(1);
    expect(missed.result).to.have.nested.property('thresholds').with.length(2);
    const page = readFileSync(html, 'utf8');
    expect(page)
      .to.include('missed')
      .and.not.match(/(src|href)=/);
    expect((await run('--users', '2', '--duration', '0.3', '--threshold', 'errors<1%')).code).to.equal(0);
  });

  it('tells errors apart by kind, and leaves their times out', async () => {
    let asked = 0;
    answer = (response) => {
      asked += 1;
      if (asked % 4 === 1) response.writeHead(503).end();
      else if (asked % 4 === 2) response.destroy();
      else if (asked % 4 === 3) response.end('fine');
    };
    const { result } = await run('--users', '4', '--duration', '1', '--timeout', '200ms', '--think', '10ms');
    const kinds = result.errors.map(({ kind }) => kind).sort();
    expect(kinds).to.deep.equal(['ECONNRESET', 'HTTP 503', 'timeout']);
    expect(result.total.maxMs).to.be.below(200);
    expect(result.total.failed).to.equal(result.errors.reduce((sum, { count }) => sum + count, 0));
  });

  it('fails against an address where nobody answers', async () => {
    server.close();
    const { code, result } = await run('--users', '1', '--duration', '0.3', '--think', '50ms');
    expect(code).to.equal(1);
    expect(result.errors[0]).to.include({ kind: 'ECONNREFUSED' });
  });

  it('lets users come over the ramp, from several addresses and processes', async () => {
    const { result } = await run(
      '--users',
      '40',
      '--ramp',
      '1',
      '--duration',
      '1.5',
      '--think',
      '100ms',
      '--sources',
      '4',
      '--processes',
      '2',
    );
    const users = result.course.map((moment) => moment.users);
    expect(Math.max(...users)).to.be.within(39, 40);
    expect(users[0]).to.be.below(40);
    expect([...clients].sort()).to.deep.equal(['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']);
  });

  it('runs a journey of one’s own, step by step, with cookies', async () => {
    const seen = new Set<string>();
    server.on('request', (request) => seen.add(`${request.url} ${request.headers.cookie ?? '-'}`));
    answer = (response, url) => {
      if (url === '/in') response.setHeader('Set-Cookie', 'sid=1; Path=/; HttpOnly');
      response.end('{"id":"7"}');
    };
    const file = path.join(cli.runtimeDir(), 'shop.mjs');
    writeFileSync(
      file,
      `export default {
        name: 'shop',
        begin: (user) => user.request('log in', { method: 'POST', path: '/in', body: { name: user.number } }),
        async run(user) {
          const { id } = (await user.request('create', { method: 'POST', path: '/things' })).json();
          await user.request('look', { path: '/things/' + id });
        },
      };`,
    );
    const { result, code } = await run('--journey', file, '--users', '2', '--duration', '0.3', '--think', '10ms');
    expect(code).to.equal(0);
    expect(result.steps.map(({ name }) => name)).to.deep.equal(['log in', 'create', 'look']);
    expect(result.steps[0]?.succeeded).to.equal(2);
    expect([...seen].sort()).to.deep.equal(['/in -', '/things sid=1', '/things/7 sid=1']);
  });

  it('counts a broken journey as failed rounds, with what it said', async () => {
    const file = path.join(cli.runtimeDir(), 'broken.mjs');
    writeFileSync(file, 'export default { run: async (user) => { await user.request("a", { path: "/" }); null.x; } };');
    const { result } = await run('--journey', file, '--users', '1', '--duration', '0.3', '--think', '20ms');
    expect(result.failedRounds).to.equal(result.rounds);
    expect(result.errors[0]?.kind).to.match(/^in the journey: Cannot read properties of null/);
  });

  it('opens WebSockets and keeps them to the end', async () => {
    const sockets = new WebSocketServer({ server });
    const { result } = await run('--journey', 'sockets', '--users', '30', '--sources', '3', '--duration', '1');
    expect(result.socketsMax).to.equal(30);
    expect(result.total.failed).to.equal(0);
    expect(result.steps[0]).to.include({ name: 'open', succeeded: 30 });
    sockets.close();
  });
});
