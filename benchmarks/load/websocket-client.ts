/**
 * `node websocket-client.js <port> <connections> <seconds>`: sends a message of 64 bytes on each connection, the next when the
 * last is back, and prints a LoadResult. Frames are made once and answers counted by their length, so that a core of it
 * outruns a core of servers.
 */
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import type { LoadResult } from './load.ts';

const PAYLOAD_BYTES = 64;
const MASK = 0x80;
const FINAL_BINARY = 0x82;
const ANSWER_BYTES = 2 + PAYLOAD_BYTES;
/** RFC 6455, 5.3: a client masks; a mask of zeros leaves the payload as it is. */
const FRAME = Buffer.concat([
  Buffer.from([FINAL_BINARY, MASK | PAYLOAD_BYTES, 0, 0, 0, 0]),
  Buffer.alloc(PAYLOAD_BYTES, 'x'),
]);

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
let messages = 0;
let errors = 0;
let ended = false;

function handshake(): string {
  return [
    'GET / HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n');
}

function connect(): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let head = '';
  let received = 0;
  const onAnswer = (chunk: Buffer): void => {
    received += chunk.length;
    while (received >= ANSWER_BYTES && !ended) {
      received -= ANSWER_BYTES;
      messages += 1;
      socket.write(FRAME);
    }
  };
  const onHead = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    if (!head.includes('\r\n\r\n')) return;
    socket.off('data', onHead);
    if (!head.startsWith('HTTP/1.1 101 ')) {
      socket.destroy(new Error(`not a WebSocket: ${head.slice(0, head.indexOf('\r\n'))}`));
      return;
    }
    socket.on('data', onAnswer);
    socket.write(FRAME);
  };
  socket.on('data', onHead);
  socket.on('error', () => {}); // counted as it closes
  socket.on('close', () => {
    if (!ended) errors += 1;
  });
  socket.on('connect', () => socket.write(handshake()));
  return socket;
}

const startedAtMs = performance.now();
const sockets = Array.from({ length: connections }, connect);
setTimeout(() => {
  ended = true;
  const result: LoadResult = { requests: messages, seconds: (performance.now() - startedAtMs) / 1000, errors };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  for (const socket of sockets) socket.destroy();
}, seconds * 1000);
