// Plain node:http. Routes: / (identity, address, timeouts), /connections (getConnections), /headers, /close (server.close);
// `Upgrade: echo` switches to raw bytes that come back. KEEP_ALIVE_TIMEOUT_MS, HEADERS_TIMEOUT_MS and REQUEST_TIMEOUT_MS set the timeouts.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const routes = {
  '/': (request, response) =>
    sendJson(
      response,
      identity(request.socket, {
        method: request.method,
        httpVersion: request.httpVersion,
        address: server.address(),
        listening: server.listening,
        keepAliveTimeoutMs: server.keepAliveTimeout,
        headersTimeoutMs: server.headersTimeout,
        requestTimeoutMs: server.requestTimeout,
      }),
    ),
  '/connections': (_request, response) =>
    server.getConnections((error, connections) =>
      sendJson(response, error ? { error: error.message } : { pid: process.pid, connections }),
    ),
  '/headers': (request, response) => sendJson(response, { headers: request.headers, raw: request.rawHeaders }),
  '/close': (_request, response) => {
    server.close(() => console.log('closed'));
    sendJson(response, { listening: server.listening });
  },
};

// The sweep that finds late heads runs every 30 s by default: too slow for a test of a short timeout.
const server = http.createServer({ connectionsCheckingInterval: 100 }, (request, response) => {
  const route = routes[request.url.split('?', 1)[0]];
  if (route) route(request, response);
  else sendJson(response, { error: 'not found' }, 404);
});

server.on('upgrade', (request, socket, head) => {
  if (request.headers.upgrade !== 'echo') {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    return;
  }
  socket.on('error', () => socket.destroy());
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\nX-Pid: ${process.pid}\r\n\r\n`,
  );
  socket.write(head);
  socket.pipe(socket);
});

const { KEEP_ALIVE_TIMEOUT_MS, HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS, LISTEN_HOST, PORT } = process.env;
if (KEEP_ALIVE_TIMEOUT_MS) server.keepAliveTimeout = Number(KEEP_ALIVE_TIMEOUT_MS);
if (HEADERS_TIMEOUT_MS) server.headersTimeout = Number(HEADERS_TIMEOUT_MS);
if (REQUEST_TIMEOUT_MS) server.requestTimeout = Number(REQUEST_TIMEOUT_MS);
server.listen(PORT, LISTEN_HOST, () => console.log(`listening on ${server.address().port}`));
