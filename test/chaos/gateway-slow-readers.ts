/**
 * `node gateway-slow-readers.js <port> <count> <target>`: connections that ask for much and read 64 KB every two seconds,
 * not all at the same time. Prints `ready` when all have asked. (slowhttptest's own slow read opens no more than 45 connections a second.)
 */
import { connect, type Socket } from 'node:net';

const READ_EVERY_MS = 2_000;
const OPEN_AT_ONCE = 100;

const [port, count, target = '/'] = process.argv.slice(2);
const wanted = Number(count);
let asked = 0;

function sip(socket: Socket, nextMs: number): void {
  // One piece, and no more until the next time.
  socket.once('data', () => socket.pause());
  socket.resume();
  setTimeout(() => {
    if (!socket.destroyed) sip(socket, READ_EVERY_MS);
  }, nextMs);
}

function open(): void {
  const socket = connect({ port: Number(port), host: '127.0.0.1' }, () => {
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    asked += 1;
    sip(socket, (asked / wanted) * READ_EVERY_MS);
    if (asked === wanted) process.stdout.write('ready\n');
    else if (asked + OPEN_AT_ONCE <= wanted) open();
  });
  socket.pause();
  socket.on('error', () => {});
}

for (let opened = 0; opened < OPEN_AT_ONCE; opened++) open();
