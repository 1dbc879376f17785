import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Measurement } from '../../src/scaling/health/probe.ts';
import { appPathCheck } from '../../src/scaling/health-checks/app-path.ts';
import type { HealthCheck } from '../../src/scaling/health-checks/check.ts';
import { diskCheck } from '../../src/scaling/health-checks/disk.ts';
import { fileDescriptorCheck } from '../../src/scaling/health-checks/file-descriptors.ts';
import { fixture } from '../helpers/runtime.ts';

const TIMES = { intervalMs: 1_000, timeoutMs: 1_000 };

function measured(check: HealthCheck): Promise<Measurement> {
  return check.measure(new AbortController().signal);
}

async function failing(check: HealthCheck): Promise<{ code?: string }> {
  try {
    await measured(check);
  } catch (error) {
    return error as { code?: string };
  }
  throw new Error('the check did not fail');
}

describe('checks of this machine', () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'tidegate-checks-'));
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it('tell how full the file system of a directory is', async () => {
    const { value, sentence } = await measured(diskCheck([directory], TIMES));
    expect(value).to.be.within(0, 1);
    expect(sentence).to.match(/^\d+ % of the file system of .*tidegate-checks-\w+ is used$/);
  });

  it('take a pseudo file system for an empty one, and name a directory that is not there', async function () {
    if (process.platform !== 'linux') return this.skip();
    expect((await measured(diskCheck(['/proc'], TIMES))).value).to.equal(0);
    expect((await failing(diskCheck([join(directory, 'none')], TIMES))).code).to.equal('ENOENT');
  });

  it('count the file descriptors of processes', async function () {
    if (process.platform !== 'linux') return this.skip();
    const check = fileDescriptorCheck({ ...TIMES, pids: () => [process.pid, 2 ** 22 + 1] });
    const count = ({ sentence }: Measurement): number => Number(/has (\d+) of \d+ file/.exec(sentence)?.[1]);
    const before = count(await measured(check));
    const opened = Array.from({ length: 50 }, () => openSync(directory, 'r'));
    const { value, sentence } = await measured(check);
    for (const descriptor of opened) closeSync(descriptor);
    expect(count({ value, sentence }) - before).to.be.within(45, 55);
    expect(value).to.be.within(0, 1);
  });

  it('name the process that has the fewest file descriptors left', async () => {
    for (const [pid, open] of [
      ['11', 3],
      ['12', 9],
    ] as const) {
      mkdirSync(join(directory, pid, 'fd'), { recursive: true });
      writeFileSync(
        join(directory, pid, 'limits'),
        'Limit  Soft Limit\nMax open files            10        4096     files\n',
      );
      for (let index = 0; index < open; index += 1) writeFileSync(join(directory, pid, 'fd', String(index)), '');
    }
    const check = fileDescriptorCheck({ ...TIMES, pids: () => [11, 12, 13], proc: directory });
    expect(await measured(check)).to.deep.equal({
      value: 0.9,
      sentence: 'process 12 has 9 of 10 file descriptors open',
    });
    const none = fileDescriptorCheck({ ...TIMES, pids: () => [13], proc: directory });
    expect((await measured(none)).value).to.equal(undefined);
  });
});

describe('the check of a path of the app', () => {
  let status = 200;
  let seen: (string | undefined)[];
  let server: Server;
  let port: number;

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request.url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  beforeEach(() => {
    seen = [];
    status = 200;
  });

  after(() => server.close());

  it('asks the first TCP address of the app', async () => {
    const addresses = (): string[] => ['/run/app.sock', `0.0.0.0:${port}`];
    const { sentence } = await measured(appPathCheck({ ...TIMES, path: '/healthz?deep=1', addresses }));
    expect(sentence).to.match(/^the app’s \/healthz\?deep=1 answers within \d+ ms$/);
    expect(seen).to.deep.equal(['/healthz?deep=1']);
  });

  it('takes 404 for an answer and 503 for a failure', async () => {
    const check = appPathCheck({ ...TIMES, path: '/', addresses: () => [`127.0.0.1:${port}`] });
    status = 404;
    await measured(check);
    status = 503;
    expect((await failing(check)).code).to.equal('it answered 503');
  });

  for (const [secure, proxied] of [
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    it(`asks ${secure ? 'over TLS' : 'in the clear'}${proxied ? ', after a PROXY protocol header' : ''}`, async () => {
      const serve = (_request: unknown, response: ServerResponse): void => void response.writeHead(status).end();
      const tls = { cert: readFileSync(fixture('tls/cert.pem')), key: readFileSync(fixture('tls/key.pem')) };
      const app = secure ? createSecureServer(tls, serve) : createServer(serve);
      app.listen(0, '127.0.0.1');
      await once(app, 'listening');
      const front = createSocketServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', (chunk: Buffer) => {
          const header = 'PROXY UNKNOWN\r\n';
          const hasHeader = chunk.subarray(0, header.length).toString('latin1') === header;
          if (hasHeader !== proxied) return void socket.destroy();
          const inner = connect((app.address() as AddressInfo).port, '127.0.0.1');
          inner.on('error', () => {});
          inner.write(chunk.subarray(hasHeader ? header.length : 0));
          socket.pipe(inner).pipe(socket);
        });
      }).listen(0, '127.0.0.1');
      await once(front, 'listening');
      const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
      const isProxy = (from: string): boolean => proxied && from === '127.0.0.1';
      const check = appPathCheck({ ...TIMES, path: '/', addresses: () => [address], secure, isProxy });
      try {
        await measured(check);
        status = 500;
        expect((await failing(check)).code).to.equal('it answered 500');
        const otherwise = appPathCheck({ ...TIMES, path: '/', addresses: () => [address], secure: !secure, isProxy });
        expect(await failing(otherwise)).to.be.instanceOf(Error);
      } finally {
        front.close();
        app.close();
      }
    });
  }

  it('gives up when it is told to', async () => {
    const silent = createSocketServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const limit = new AbortController();
    const asked = appPathCheck({ ...TIMES, path: '/', addresses: () => [address] })
      .measure(limit.signal)
      .catch((error: Error) => error);
    const [socket] = (await once(silent, 'connection')) as [Socket];
    const closed = once(socket.resume(), 'close');
    limit.abort();
    expect(await asked).to.be.instanceOf(Error);
    await closed;
    silent.close();
  });

  it('fails where the app does not listen', async () => {
    const nowhere = appPathCheck({ ...TIMES, path: '/', addresses: () => ['/run/app.sock'] });
    expect((await failing(nowhere)).code).to.equal('the app listens on no TCP port');
    const closed = appPathCheck({ ...TIMES, path: '/', addresses: () => ['127.0.0.1:1'] });
    expect((await failing(closed)).code).to.equal('ECONNREFUSED');
  });

  it('lets go of an answer that does not end', async () => {
    const endless = createServer((_request, response) => void response.write('data: 1\n\n')).listen(0, '127.0.0.1');
    await once(endless, 'listening');
    const address = `127.0.0.1:${(endless.address() as AddressInfo).port}`;
    const connected = once(endless, 'connection');
    await measured(appPathCheck({ ...TIMES, timeoutMs: 50, path: '/', addresses: () => [address] }));
    const [socket] = (await connected) as [Socket];
    if (!socket.closed) await once(socket, 'close');
    endless.close();
  });
});
