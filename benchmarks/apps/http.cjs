'use strict';
// The trivial app: 100 bytes of JSON for every request.
const { createServer } = require('node:http');
const { reportOn } = require('./report.cjs');

const BODY = JSON.stringify({ message: 'x'.repeat(86) });
const HEADERS = { 'content-type': 'application/json', 'content-length': BODY.length };

const server = createServer((_request, response) => {
  response.writeHead(200, HEADERS);
  response.end(BODY);
});
reportOn(server);
server.listen(Number(process.env.PORT), '127.0.0.1');
