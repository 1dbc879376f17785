// An app whose next version is decided by a file: APP_VERSION_FILE is read once, at the start, and holds a behaviour and, if you like, a name:
//   ok v1       answers                       errors v2   answers everything with 500
//   slow v2     answers after 300 ms          crash v2    listens, and exits with 1 after 200 ms
//   throw v2    fails before it listens       silent v2   never listens
const fs = require('node:fs');
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const [behaviour, version = behaviour] = fs.readFileSync(process.env.APP_VERSION_FILE, 'utf8').trim().split(/\s+/);

const BEHAVIOURS = ['ok', 'errors', 'slow', 'crash', 'throw', 'silent'];
if (!BEHAVIOURS.includes(behaviour))
  throw new Error(`unknown behaviour ${behaviour}; allowed: ${BEHAVIOURS.join(', ')}`);
if (behaviour === 'throw') throw new Error(`version ${version} cannot start`);

const server = http.createServer((request, response) => {
  const answer = () => sendJson(response, identity(request.socket, { version }), behaviour === 'errors' ? 500 : 200);
  if (behaviour === 'slow') setTimeout(answer, 300);
  else answer();
});

if (behaviour === 'silent') {
  console.log('not listening');
  // Keeps the process alive, as a connection to a database that never answers would.
  setInterval(() => undefined, 60_000);
} else {
  server.listen(process.env.PORT, () => {
    console.log(`listening on ${server.address().port}`);
    if (behaviour === 'crash') setTimeout(() => process.exit(1), 200);
  });
}
