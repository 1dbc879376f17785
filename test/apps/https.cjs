// node:https with the self-signed certificate of tls/ (a fixture: it protects nothing).
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const { identity, sendJson } = require('./identity.cjs');

const tls = (file) => fs.readFileSync(path.join(__dirname, 'tls', file));

const server = https.createServer({ key: tls('key.pem'), cert: tls('cert.pem') }, (request, response) => {
  sendJson(
    response,
    identity(request.socket, {
      encrypted: request.socket.encrypted,
      protocol: request.socket.getProtocol(),
      servername: request.socket.servername,
    }),
  );
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
