// Every way of being slow, heavy or broken that the tests need.
//   /sleep?ms=     answers later, the event loop is free        /block?ms=   stops the event loop, without using CPU
//   /burn?ms=      stops the event loop, using CPU              /leak?mb=    keeps that much memory
//   /big?mb=       streams, honouring back-pressure             /whole?mb=   the same bytes in one response.end()
//   /sse?ms=       event stream that ends after ms              /echo        gives a POSTed body back as it comes
//   /throw?status= answers with that status (500)               /crash       exits with 1
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const MIB = 1_048_576;
// Byte i of every MiB is i mod 251, a prime, so that a reader notices a missing, doubled or misplaced piece.
const PATTERN = Buffer.from(Uint8Array.from({ length: MIB }, (_, index) => index % 251));
const kept = [];

const routes = {
  '/': (request, response) => sendJson(response, identity(request.socket, { keptMiB: kept.length })),
  '/sleep': (request, response, query) => {
    setTimeout(() => sendJson(response, identity(request.socket)), query('ms', 100));
  },
  '/block': (request, response, query) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, query('ms', 100));
    sendJson(response, identity(request.socket));
  },
  '/burn': (request, response, query) => {
    const endMs = performance.now() + query('ms', 100);
    while (performance.now() < endMs) Math.sqrt(Math.random());
    sendJson(response, identity(request.socket));
  },
  '/big': (_request, response, query) => {
    let left = query('mb', 1);
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': left * MIB });
    const write = () => {
      while (left > 0) {
        left -= 1;
        if (!response.write(PATTERN)) {
          response.once('drain', write);
          return;
        }
      }
      response.end();
    };
    write();
  },
  '/whole': (_request, response, query) => {
    response.end(Buffer.concat(Array.from({ length: query('mb', 1) }, () => PATTERN)));
  },
  '/sse': (_request, response, query) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    let events = 0;
    const send = () => {
      events += 1;
      response.write(`data: ${JSON.stringify({ event: events, pid: process.pid })}\n\n`);
    };
    send();
    const ticking = setInterval(send, 100);
    const ending = setTimeout(
      () => {
        clearInterval(ticking);
        response.end('event: end\ndata: {}\n\n');
      },
      query('ms', 1_000),
    );
    response.once('close', () => {
      clearInterval(ticking);
      clearTimeout(ending);
    });
  },
  '/echo': (request, response) => {
    response.writeHead(200, { 'Content-Type': request.headers['content-type'] ?? 'application/octet-stream' });
    request.pipe(response);
  },
  '/leak': (request, response, query) => {
    // Filled, so that the memory is resident and not merely reserved.
    for (let mib = query('mb', 1); mib > 0; mib -= 1) kept.push(Buffer.alloc(MIB, 1));
    sendJson(response, identity(request.socket, { keptMiB: kept.length }));
  },
  '/throw': (request, response, query) => sendJson(response, identity(request.socket), query('status', 500)),
  '/crash': () => process.exit(1),
};

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const query = (name, fallback) => Number(url.searchParams.get(name) ?? fallback);
  const route = routes[url.pathname];
  if (route) route(request, response, query);
  else sendJson(response, { error: 'not found' }, 404);
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
