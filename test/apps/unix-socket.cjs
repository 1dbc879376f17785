// Listens on the unix socket SOCKET_PATH.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { address: server.address() }));
});

server.listen(process.env.SOCKET_PATH, () => console.log(`listening on ${server.address()}`));
