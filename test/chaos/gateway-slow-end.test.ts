import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { until } from '../helpers/runtime.ts';
import { ServerProcess } from './gateway-server.ts';

/** More than the gateway gives a connection to end that it has answered for the last time. */
const REST_MS = 5_000;
/** Of some, all fits into the kernel’s buffers (4 MB, where a sysctl does not say otherwise), of others the end stays in the gateway, or the upstream is still at it. */
const LENGTHS = Array.from({ length: 100 }, (_, index) => 3_700_000 + index * 9_000);

/** Asks, reads nothing until it is told to, and then everything. */
class LateReader {
  #received = 0;
  readonly #socket: Socket;

  constructor(port: number, bytes: number) {
    this.#socket = connect(port, '127.0.0.1').pause();
    this.#socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.length;
    });
    this.#socket.on('error', () => {});
    this.#socket.write(`GET /${bytes} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  }

  async readAll(): Promise<number> {
    const closed = once(this.#socket, 'close');
    this.#socket.resume();
    await closed;
    return this.#received;
  }
}

describe('answers whose ends lie in the gateway', function () {
  this.timeout(60_000);
  let upstream: ServerProcess;
  let gateway: ServerProcess;

  before(async () => {
    upstream = await ServerProcess.upstream();
    gateway = await ServerProcess.gateway({ upstreams: [{ port: upstream.port }] });
  });

  after(() => Promise.all([gateway.stop(), upstream.stop()]));

  it('come whole to clients that rest, though they are the last of their connections', async () => {
    const clients = LENGTHS.map((bytes) => new LateReader(gateway.port, bytes));
    const active = async (): Promise<number> => (await gateway.figures()).status.upstreams[0]?.active ?? Number.NaN;
    await until('some answers have left the upstream, others not', async () => {
      const now = await active();
      return now > 0 && now < LENGTHS.length;
    });
    await pause(REST_MS);
    const received = await Promise.all(clients.map((client) => client.readAll()));
    const cut = LENGTHS.filter((bytes, index) => (received[index] as number) < bytes);
    expect(cut).to.deep.equal([]);
  });
});
