// Listens on the unix socket SOCKET_PATH. With UNLINK_FIRST=1 it removes what a crash may have left there, as many apps do.
const fs = require('node:fs');
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { address: server.address() }));
});

const { SOCKET_PATH, UNLINK_FIRST } = process.env;
if (UNLINK_FIRST === '1') fs.rmSync(SOCKET_PATH, { force: true });
server.listen(SOCKET_PATH, () => console.log(`listening on ${server.address()}`));
