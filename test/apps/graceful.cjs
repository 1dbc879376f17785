// Ends as Node's documentation teaches: SIGTERM, server.close(), exit 0. Routes: /, /sleep?ms=.
// Prints `closing` and how many connections there are, then `closed`; and `message shutdown` when a process manager announces the end by message.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const answer = () => sendJson(response, identity(request.socket));
  if (url.pathname === '/sleep') setTimeout(answer, Number(url.searchParams.get('ms')));
  else answer();
});

process.on('message', (message) => {
  if (message === 'shutdown') console.log('message shutdown');
});
process.on('SIGTERM', () => {
  console.log('closing');
  server.getConnections((_error, connections) => console.log(`connections ${connections}`));
  server.close(() => {
    console.log('closed');
    process.exit(0);
  });
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
