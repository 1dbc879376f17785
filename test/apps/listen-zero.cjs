// listen(0): the system picks the port, which all workers must share.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { port: server.address().port }));
});

server.listen(0, () => console.log(`listening on ${server.address().port}`));
