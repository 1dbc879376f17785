'use strict';
// Echoes every WebSocket message.
const { createServer } = require('node:http');
const { WebSocketServer } = require('ws');
const { reportOn } = require('./report.cjs');

const server = createServer((_request, response) => response.end('a WebSocket is expected\n'));
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
reportOn(server);
server.listen(Number(process.env.PORT), '127.0.0.1');
