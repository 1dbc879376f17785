// ws beside node:http. A WebSocket first gets the identity as JSON, then each of its messages back, text as text and binary as binary.
const http = require('node:http');
const { WebSocketServer } = require('ws');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { websockets: sockets.clients.size }));
});
const sockets = new WebSocketServer({ server });

sockets.on('connection', (socket, request) => {
  socket.on('error', (error) => console.error(error.message));
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.send(JSON.stringify(identity(request.socket, { path: request.url })));
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
