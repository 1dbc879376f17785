// What an app sees of its client: GET / says it, with the headers as they came.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  const { socket, headers, rawHeaders, headersDistinct } = request;
  const encrypted = socket.encrypted === true;
  sendJson(response, {
    ...identity(socket, { encrypted, headers, rawHeaders, headersDistinct, address: server.address() }),
  });
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
