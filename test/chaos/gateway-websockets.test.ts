import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { commandOf, processesOf } from '../helpers/processes.ts';
import { type Runtime, until } from '../helpers/runtime.ts';
import { expectReceiptsAddUp, receiptsSince, startQuiet } from '../helpers/zero-loss.ts';

const COUNT = 2_000;
const AT_ONCE = 50;
const JITTER_MS = 2_000;

interface Client {
  readonly socket: WebSocket;
  readonly pid: number;
  closedCode: number;
  closedAtMs: number;
}

interface GatewayTotals {
  readonly gateways: readonly { readonly connections: number; readonly totals: { readonly handedOver: number } }[];
}

async function open(port: number): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false });
  const [greeting] = await once(socket, 'message');
  const client: Client = { socket, pid: JSON.parse(String(greeting)).pid, closedCode: 0, closedAtMs: 0 };
  socket.on('close', (code) => {
    client.closedCode = code;
    client.closedAtMs = Date.now();
  });
  return client;
}

async function openAll(port: number): Promise<Client[]> {
  const clients: Client[] = [];
  while (clients.length < COUNT) {
    clients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => open(port)))));
  }
  return clients;
}

async function echoes(socket: WebSocket, text: string): Promise<boolean> {
  const answer = once(socket, 'message');
  socket.send(text);
  return String((await answer)[0]) === text;
}

describe(`${COUNT} WebSockets through the gateway`, function () {
  this.timeout(180_000);
  let runtime: Runtime;
  let clients: Client[] = [];

  const gateway = (): number =>
    Number(processesOf(runtime.directory).find((pid) => commandOf(pid).includes('gateway-process')));
  const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
  const openOnes = (): Client[] => clients.filter(({ closedCode }) => closedCode === 0);

  before(async () => {
    runtime = await startQuiet('ws.cjs', {
      algorithm: 'least-connections',
      workers: 4,
      env: { LB_MODE: 'http', WEBSOCKET_CLOSE_JITTER_MS: String(JITTER_MS) },
    });
  });
  after(async () => {
    for (const { socket } of clients) socket.terminate();
    await runtime.stop();
  });

  it('are served by the workers alone: the gateway holds none of them', async () => {
    const before = descriptors(gateway());
    clients = await openAll(runtime.port);
    await until('the gateway has let go of them', async () => {
      const { body } = await runtime.api<GatewayTotals>('GET', '/loadbalancer/status');
      return body.gateways[0]?.connections === 0 && body.gateways[0].totals.handedOver === COUNT;
    });
    expect(descriptors(gateway()), 'descriptors of the gateway').to.be.at.most(before + 20);
    const perWorker = new Map<number, number>();
    for (const { pid } of clients) perWorker.set(pid, (perWorker.get(pid) ?? 0) + 1);
    expect(perWorker.size).to.equal(4);
    for (const [pid, count] of perWorker) expect(count, `worker ${pid}`).to.be.within(COUNT / 8, COUNT / 2);
  });

  it('echo what they are sent', async () => {
    const right = await Promise.all(clients.map(({ socket }, index) => echoes(socket, `message ${index}`)));
    expect(right.filter((isRight) => !isRight)).to.deep.equal([]);
  });

  it('stay open when the gateway process is killed', async () => {
    process.kill(gateway(), 'SIGKILL');
    await runtime.waitForLog(/a gateway process ended/);
    const right = await Promise.all(clients.map(({ socket }, index) => echoes(socket, `again ${index}`)));
    expect(right.filter((isRight) => !isRight)).to.deep.equal([]);
    await until('another gateway', async () => (await fetch(runtime.url).catch(() => null))?.status === 200);
  });

  it('are asked to reconnect (1012), spread over the jitter, when two of four workers leave', async () => {
    const startedAtMs = Date.now();
    await runtime.scale(2);
    const receipts = await receiptsSince(runtime, startedAtMs, 'scale-down', 2);
    const closed = clients.filter(({ closedCode }) => closedCode !== 0);
    const gone = new Set(receipts.map(({ pid }) => pid));
    expect(closed.length).to.equal(clients.filter(({ pid }) => gone.has(pid)).length);
    expect(new Set(closed.map(({ closedCode }) => closedCode))).to.deep.equal(new Set([1012]));
    const times = closed.map(({ closedAtMs }) => closedAtMs);
    expect(Math.max(...times) - Math.min(...times)).to.be.within(JITTER_MS / 2, JITTER_MS + 3_000);
    for (const receipt of receipts) expect(receipt.cut, JSON.stringify(receipt)).to.equal(0);
    expectReceiptsAddUp(receipts);
    const right = await Promise.all(openOnes().map(({ socket }, index) => echoes(socket, `still ${index}`)));
    expect(right.filter((isRight) => !isRight)).to.deep.equal([]);
  });
});
