// Two servers in one app, on PORT and PORT2.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const ports = { first: process.env.PORT, second: process.env.PORT2 };

for (const [name, port] of Object.entries(ports)) {
  const server = http.createServer((request, response) => {
    sendJson(response, identity(request.socket, { server: name, address: server.address() }));
  });
  server.listen(port, () => console.log(`${name} listening on ${server.address().port}`));
}
