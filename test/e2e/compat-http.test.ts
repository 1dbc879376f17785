import { connect } from 'node:net';
import { expect } from 'chai';
import { ACCEPT_MODES, type AcceptMode } from '../helpers/accept-modes.ts';
import { askJson, type Identity } from '../helpers/http-json.ts';
import { PlainNode } from '../helpers/plain-node.ts';
import { RawConnection } from '../helpers/raw-connection.ts';
import { fixture, Runtime, until } from '../helpers/runtime.ts';

/** Short enough to wait for, long enough that no other check runs into them. */
const ENV = { KEEP_ALIVE_TIMEOUT_MS: '1000', HEADERS_TIMEOUT_MS: '1000', REQUEST_TIMEOUT_MS: '2000' };
const HOST = 'Host: localhost';

type Observations = Readonly<Record<string, unknown>>;

/** What of an answer differs from one run to the next. */
function settled(text: string): string {
  return text
    .replace(/Date: [^\r]+/g, 'Date: <date>')
    .replace(/"(pid|slot|isWorker|workerId|remotePort|localPort|port)":[^,}]+/g, '"$1":"<$1>"')
    .replace(/Content-Length: \d+/g, 'Content-Length: <length>')
    .replace(/X-Pid: \d+/g, 'X-Pid: <pid>');
}

/** Sends each text as it is, in order, and hears everything until the server ends the connection. */
async function say(port: number, ...texts: readonly string[]): Promise<string> {
  const connection = await RawConnection.open(port);
  for (const text of texts) connection.socket.write(text);
  const heard = await connection.untilEnd();
  connection.close();
  return settled(connection.error === null ? heard : `${heard} and ${connection.error.message}`);
}

/** A clean end of the server's own making, and whether it came no sooner than it may. */
async function saySlowly(port: number, atLeastMs: number, ...texts: readonly string[]): Promise<string> {
  const startedAtMs = performance.now();
  const heard = await say(port, ...texts);
  const elapsedMs = performance.now() - startedAtMs;
  return elapsedMs < atLeastMs ? `too soon, after ${elapsedMs} ms: ${heard}` : heard;
}

/** One connection, and all that is to be seen of it on both sides. */
async function addresses(port: number): Promise<object> {
  const connection = await RawConnection.open(port);
  connection.request('GET / HTTP/1.1', HOST);
  const [, text = ''] = await connection.until(/\r\n\r\n(\{.+\})$/);
  connection.close();
  const {
    remotePort,
    localPort: serverPort,
    address,
    remoteAddress,
    localAddress,
  } = JSON.parse(text) as Identity & {
    address: { port: number };
  };
  return {
    remoteAddress,
    localAddress,
    remotePortIsOurs: remotePort === connection.localPort,
    localPortIsTheServers: serverPort === port,
    address: { ...address, port: address.port === port },
  };
}

/** `Upgrade: echo`: bytes sent with the head and after it come back, and so does our end. */
async function echo(port: number): Promise<string> {
  const connection = await RawConnection.open(port);
  connection.socket.write(
    `GET /any HTTP/1.1\r\n${HOST}\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwith the head, `,
  );
  await connection.until(/with the head, $/);
  connection.socket.write('and after it');
  await connection.until(/and after it$/);
  connection.socket.end();
  return settled(await connection.untilEnd());
}

/** A request whose body the client holds back until it is asked for it. */
async function expectContinue(port: number): Promise<string> {
  const connection = await RawConnection.open(port);
  connection.request('POST / HTTP/1.1', HOST, 'Content-Length: 4', 'Expect: 100-continue', 'Connection: close');
  await connection.until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
  connection.socket.write('body');
  return settled(await connection.untilEnd());
}

/** A client that breaks off in the middle must leave the server able to serve the next. */
async function breakOff(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1', () => {
    socket.write(`POST / HTTP/1.1\r\n${HOST}\r\nContent-Length: 100\r\n\r\nhalf`, () => socket.resetAndDestroy());
  });
  await new Promise((resolve) => socket.once('close', resolve));
  return (await askJson({ port })).status;
}

/** Everything that can be seen of `http.cjs` from outside, whoever runs it. */
async function observe(port: number): Promise<Observations> {
  const get = `GET / HTTP/1.1\r\n${HOST}\r\n`;
  const close = 'Connection: close\r\n\r\n';
  const observations = {
    'an answer and its headers': say(port, `${get}${close}`),
    'HTTP/1.0': say(port, 'GET / HTTP/1.0\r\n\r\n'),
    'HTTP/1.0 keep-alive': say(port, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', `${get}${close}`),
    'an idle connection after its answer': saySlowly(port, 950, `${get}\r\n`),
    'two requests in one piece': say(port, `${get}\r\n${get}${close}`),
    'a request in small pieces': say(port, ...(`${get}${close}`.match(/.{1,7}/gs) ?? [])),
    'headers as they were sent': say(port, `GET /headers HTTP/1.1\r\nhost: a\r\nX-Two: 1\r\nx-two: 2\r\n${close}`),
    HEAD: say(port, `HEAD / HTTP/1.1\r\n${HOST}\r\n${close}`),
    'half a head': saySlowly(port, 950, 'GET / HTTP/1.1\r\nHost: lo'),
    'half a head after an answer': saySlowly(port, 950, `${get}\r\nGET / HT`),
    'half a body': saySlowly(port, 1_900, `POST /headers HTTP/1.1\r\n${HOST}\r\nContent-Length: 9\r\n\r\nhalf`),
    'not a byte': saySlowly(port, 950),
    'not HTTP': say(port, '\x16\x03\x01 hello\r\n\r\n'),
    'a header too large': say(port, `${get}X-Large: ${'x'.repeat(20_000)}\r\n\r\n`),
    'no Host header': say(port, 'GET / HTTP/1.1\r\n\r\n'),
    'an upgrade': echo(port),
    'an upgrade refused by the app': say(port, `${get}Connection: Upgrade\r\nUpgrade: other\r\n\r\n`),
    CONNECT: say(port, `CONNECT example.org:443 HTTP/1.1\r\n${HOST}\r\n\r\n`),
    'Expect: 100-continue': expectContinue(port),
    'addresses and ports': addresses(port),
    'after a client broke off': breakOff(port),
  };
  const entries = Object.entries(observations).map(async ([what, seen]) => [what, await seen] as const);
  return Object.fromEntries(await Promise.all(entries));
}

describe('HTTP as on plain Node', function () {
  this.timeout(60_000);
  let plain: PlainNode;
  let plainPort: number;
  let onPlainNode: Observations;
  const runtimes = new Map<AcceptMode, Runtime>();
  const observed = new Map<AcceptMode, Observations>();

  /** Side by side, as most of the time goes by in waiting for time-outs. */
  before(async () => {
    ({ app: plain, port: plainPort } = await PlainNode.listening(fixture('http.cjs'), { env: ENV }));
    for (const mode of ACCEPT_MODES) {
      runtimes.set(mode, await Runtime.start(fixture('http.cjs'), { args: ['-i', '2'], env: { ...ENV, ...mode.env } }));
    }
    await Promise.all([
      observe(plainPort).then((observations) => {
        onPlainNode = observations;
      }),
      ...[...runtimes].map(async ([mode, runtime]) => observed.set(mode, await observe(runtime.port))),
    ]);
  });
  after(() => Promise.all([plain.kill(), ...[...runtimes.values()].map((runtime) => runtime.kill())]));

  it('the app shows what the comparison is about', () => {
    expect(onPlainNode['an answer and its headers']).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(onPlainNode['two requests in one piece']).to.match(/^HTTP.+HTTP\/1\.1 200/s);
    expect(onPlainNode['an idle connection after its answer']).to.match(/^HTTP\/1\.1 200 .*Keep-Alive: timeout=1\r\n/s);
    expect(onPlainNode['half a head']).to.match(/^HTTP\/1\.1 408 /);
    expect(onPlainNode['a header too large']).to.match(/^HTTP\/1\.1 431 /);
    expect(onPlainNode['an upgrade']).to.match(/^HTTP\/1\.1 101 .*with the head, and after it$/s);
    expect(onPlainNode['addresses and ports']).to.deep.include({ remotePortIsOurs: true, localPortIsTheServers: true });
  });

  for (const mode of ACCEPT_MODES) {
    describe(`with ${mode.title}`, () => {
      let runtime: Runtime;
      before(() => {
        runtime = runtimes.get(mode) as Runtime;
      });

      it('answers, refusals, time-outs, upgrades and addresses are the same to the byte', () => {
        expect(observed.get(mode)).to.deep.equal(onPlainNode);
      });

      it('getConnections() counts the connections of the worker that is asked', async () => {
        const connections = await Promise.all(Array.from({ length: 6 }, () => RawConnection.open(runtime.port)));
        await until('counts that agree with the connections', async () => {
          const counts = await Promise.all(connections.map(countConnections));
          return counts.every(({ pid, connections: counted }) => {
            return counted === counts.filter((count) => count.pid === pid).length;
          });
        });
        for (const connection of connections) connection.close();
      });

      it('server.close(): the worker ends with its last connection, as plain Node would, and is replaced; the others go on', async () => {
        expect(await closeServer(runtime.port)).to.deep.equal({ listening: false });
        for (let requests = 0; requests < 10; requests += 1) {
          expect((await askJson({ port: runtime.port })).status).to.equal(200);
        }
        await runtime.waitForLog('closed');
        await runtime.waitForLog(/^worker \d ended: exit code 0$/);
        const { workers } = await runtime.waitForWorkers(2);
        expect(workers.map(({ id }) => id)).to.include(3);
      });
    });
  }

  it('after server.close() plain Node ends, which is what workers are held to', async () => {
    expect(await closeServer(plainPort)).to.deep.equal({ listening: false });
    expect(await plain.exited).to.deep.equal({ code: 0, signal: null });
  });
});

/** Has the app close its server, and stays until the connection ends. */
async function closeServer(port: number): Promise<object> {
  const connection = await RawConnection.open(port);
  connection.request('GET /close HTTP/1.1', HOST);
  const [, body = ''] = await connection.until(/\r\n\r\n(\{.+\})$/);
  await connection.untilEnd();
  return JSON.parse(body) as object;
}

async function countConnections(connection: RawConnection): Promise<{ pid: number; connections: number }> {
  const from = connection.received.length;
  connection.request('GET /connections HTTP/1.1', HOST);
  const [, body = ''] = await connection.until(/\r\n\r\n(\{.+\})$/, from);
  return JSON.parse(body) as { pid: number; connections: number };
}
