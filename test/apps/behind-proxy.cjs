// An app as a proxy sees it, on the address HOST. GET / says where it is, and which headers came; /slow?ms=n takes its time; /large is
// worth compressing; /events is an event stream that never ends; a WebSocket is told where it is.
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { sendJson } = require('./identity.cjs');

const host = process.env.HOST;
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://app');
  response.setHeader('X-Powered-By', 'patience');
  switch (url.pathname) {
    case '/slow':
      return setTimeout(() => sendJson(response, { host }), Number(url.searchParams.get('ms')));
    case '/large':
      return sendJson(response, { host, text: 'much the same, '.repeat(1_000) });
    case '/events': {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const send = () => response.write(`data: ${host}\n\n`);
      send();
      const timer = setInterval(send, 100);
      return response.on('close', () => clearInterval(timer));
    }
    default:
      return sendJson(response, { host, headers: request.headers });
  }
});
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('error', (error) => console.error(error.message));
  socket.send(host);
});

server.listen(process.env.PORT, host, () => console.log(`listening on ${server.address().port}`));
