// Listens on a descriptor that it was started with: LISTEN_FD, as under systemd's socket activation.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { address: server.address() }));
});

server.listen({ fd: Number(process.env.LISTEN_FD) }, () => console.log(`listening on ${server.address().port}`));
