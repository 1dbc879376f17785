// What every fixture app says of itself at GET /.
const cluster = require('node:cluster');

/** `extra` is whatever else the app wants to show; `socket` is the request's. */
function identity(socket, extra = {}) {
  return {
    pid: process.pid,
    slot: process.env.NODE_APP_INSTANCE ?? null,
    isWorker: cluster.isWorker,
    workerId: cluster.worker?.id ?? null,
    remoteAddress: socket?.remoteAddress ?? null,
    remotePort: socket?.remotePort ?? null,
    localAddress: socket?.localAddress ?? null,
    localPort: socket?.localPort ?? null,
    ...extra,
  };
}

function sendJson(response, body, status = 200) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

module.exports = { identity, sendJson };
