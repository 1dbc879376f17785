// Listens, but never sends 'ready': under wait_ready its start must time out.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => sendJson(response, identity(request.socket)));
server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
