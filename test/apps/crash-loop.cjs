// Becomes ready and exits with 1 after 50 ms, again and again.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => sendJson(response, identity(request.socket)));
server.listen(process.env.PORT, () => {
  console.log(`listening on ${server.address().port}`);
  setTimeout(() => process.exit(1), 50);
});
