import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import type { ClusterStatus } from '../../src/ipc/status.ts';
import { Runtime, until } from '../helpers/runtime.ts';

/** On SIGUSR2 the worker of slot 0 does what ODDITY says, and then prints how many sends there were. */
const APP = `
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');

const server = http.createServer((request, response) => response.end(process.env.NODE_APP_INSTANCE));
server.listen(process.env.PORT);

const cyclic = {};
cyclic.self = cyclic;
const commands = ['NODE_TIDEGATE', 'NODE_CLUSTER', 'NODE_HANDLE', 'NODE_HANDLE_ACK', 'NODE_HANDLE_NACK', 'NODE_SOCKET_NOTIFY_CLOSE'];
const types = [undefined, 'move', 'connection', 'listener', 'net.Socket', 'nonsense', 7, null];
const acts = [undefined, 'online', 'close', 'listening', 'accepted', 'exitedAfterDisconnect', 'suicide', 'nonsense'];
const messages = [
  null, 0, -1, '', 'ready', 'shutdown', [], {}, [[]], { type: 'drained' }, { __proto__: null, cmd: {} }, { cmd: 'NODE_' },
  'x'.repeat(16 * 1048576), JSON.parse('['.repeat(1000) + ']'.repeat(1000)), { toString: 1, constructor: 2 },
  cyclic, 10n, undefined, Symbol('s'), () => {},
  ...commands.map((cmd) => ({ cmd })),
  ...types.map((type) => ({ cmd: 'NODE_TIDEGATE', type, key: {}, to: 'x', moved: 'y', request: null })),
  ...acts.map((act) => ({ cmd: 'NODE_CLUSTER', act, key: 'x', seq: -1, ack: 1e9, data: cyclic.nothing })),
];

function attempt(send) {
  try {
    send();
    return 1;
  } catch {
    return 0;
  }
}

const oddities = {
  messages: (sent) => sent(messages.map((message) => attempt(() => process.send(message, () => {}))).length),
  handles: (sent) => {
    const idle = net.createServer().listen(0, '127.0.0.1', () => {
      const sockets = Array.from({ length: 20 }, () => net.connect(idle.address().port, '127.0.0.1').on('error', () => {}));
      sockets[19].once('connect', () => {
        const wrapped = [...types.map((type) => ({ cmd: 'NODE_TIDEGATE', type, key: 'x', to: 99, moved: {} })), 'plain', {}];
        sent(wrapped.map((message, index) => attempt(() => process.send(message, sockets[index], () => {}))).length);
      });
    });
  },
  ipc: (sent) => sent(Array.from({ length: 50 }, (_, index) => attempt(() => fs.writeSync(3, randomBytes(index * 40)))).length),
  control: (sent) => {
    const lines = ['', '[]', 'null', '7', '{}', '{"type":"nonsense"}', '{"type":7}', '{"cmd":"NODE_TIDEGATE","type":"move"}', '{"type":"hello"}'];
    for (const line of lines) attempt(() => fs.writeSync(4, line + '\\n'));
    sent(Array.from({ length: 50 }, (_, index) => attempt(() => fs.writeSync(4, Buffer.concat([randomBytes(index * 40), Buffer.from('\\n')])))).length);
  },
};

process.on('SIGUSR2', () => oddities[process.env.ODDITY]((count) => console.log('sent ' + count)));
`;

describe('odd messages from an app to the process above it', function () {
  this.timeout(60_000);
  let directory: string;
  let runtime: Runtime;

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tg-odd-'));
    writeFileSync(path.join(directory, 'app.cjs'), APP);
  });
  after(() => rmSync(directory, { recursive: true, force: true }));
  afterEach(() => runtime.kill());

  for (const [oddity, what] of [
    ['messages', 'process.send of everything that is no message: ours, Node’s own, huge, cyclic'],
    ['handles', 'sockets sent along with messages that look like ours'],
    ['ipc', 'random bytes on Node’s IPC channel'],
    ['control', 'random bytes and unknown messages on the control channel'],
  ] as const) {
    it(`${what}: the runtime goes on, and the other worker serves`, async () => {
      runtime = await Runtime.start(path.join(directory, 'app.cjs'), {
        args: ['-i', '2'],
        env: { ODDITY: oddity, DRAIN_TIMEOUT_MS: '2000' },
      });
      const before = await runtime.status();
      const slot = (status: ClusterStatus, wanted: number) => status.workers.find((worker) => worker.slot === wanted);
      process.kill(slot(before, 0)?.pid as number, 'SIGUSR2');
      const { message } = await runtime.waitForLog(/^sent \d+$/);
      expect(Number(String(message).slice(5))).to.be.above(8);

      // The channel works on: what both workers report after all that arrives, and so do decisions.
      const nowMs = Date.now();
      await until('reports of both workers', async () => {
        const { workers } = await runtime.status();
        return workers.length === 2 && workers.every(({ sampleAtMs }) => (sampleAtMs ?? 0) > nowMs);
      });
      await until('a decision', async () => {
        const { body } = await runtime.api<{ decisions: { atMs: number }[] }>('GET', '/scaling/status');
        return (body.decisions[0]?.atMs ?? 0) > nowMs;
      });
      const after = await runtime.status();
      expect(after).to.include({ pid: before.pid, ready: 2, desired: 2, stopping: false });
      expect(slot(after, 1)).to.include({ pid: slot(before, 1)?.pid, restarts: 0, phase: 'ready' });
      await until('an answer of each worker', async () => {
        const slots = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(runtime.url)).text()));
        return slots.includes('0') && slots.includes('1');
      });
      await runtime.scale(3);
      expect(await runtime.stop()).to.deep.equal({ code: 0, signal: null });
    });
  }
});
