'use strict';
// A worker behind a proxy, on a unix socket, as cheap as a server on Node's sockets can be: the proxy is what is measured.
const { createHash } = require('node:crypto');
const net = require('node:net');

const bodies = { '/': 100, '/10k': 10_240, '/1m': 1_048_576 };
const responses = new Map(
  Object.entries(bodies).map(([target, bytes]) => [
    target,
    Buffer.from(
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`,
    ),
  ]),
);

// What the WebSocket generator sends and gets back: 64 bytes under a mask of zeros, which leaves them as they are.
const FRAME_BYTES = 70;
const ANSWER = Buffer.concat([Buffer.from([0x82, 64]), Buffer.alloc(64, 'x')]);

function echo(socket, head) {
  const key = /\nsec-websocket-key: *(\S+)/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const fields = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
  let received = 0;
  socket.removeAllListeners('data');
  socket.on('data', (chunk) => {
    received += chunk.length;
    for (; received >= FRAME_BYTES; received -= FRAME_BYTES) socket.write(ANSWER);
  });
}

// Knows just enough of HTTP for what the generator sends: heads, and bodies with a length or in chunks.
function serve(socket) {
  let pending = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    pending += chunk.latin1Slice(0, chunk.length);
    for (;;) {
      const end = pending.indexOf('\r\n\r\n');
      if (end === -1) return;
      const head = pending.slice(0, end);
      let total = end + 4;
      const length = /\ncontent-length: *(\d+)/i.exec(head);
      if (length !== null) total += Number(length[1]);
      else if (/\ntransfer-encoding:/i.test(head)) {
        const last = pending.indexOf('0\r\n\r\n', total);
        if (last === -1) return;
        total = last + 5;
      }
      if (pending.length < total) return;
      pending = pending.slice(total);
      if (/\nupgrade: *websocket/i.test(head)) {
        echo(socket, head);
        return;
      }
      socket.write(responses.get(head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP'))) ?? responses.get('/'));
    }
  });
}

net.createServer({ noDelay: true }, serve).listen(process.argv[2], () => process.stdout.write('ready\n'));
process.once('SIGTERM', () => process.exit(0));
