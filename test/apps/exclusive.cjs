// A shared server on PORT beside one of this worker's own: listen({ exclusive: true }), on EXCLUSIVE_PORT or, by default, on a free port,
// which GET / of either tells. With a fixed EXCLUSIVE_PORT a second worker fails with EADDRINUSE, as it does under node:cluster.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const own = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { server: 'exclusive', exclusivePort: own.address().port }));
});
const shared = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { server: 'shared', exclusivePort: own.address().port }));
});

own.listen({ port: Number(process.env.EXCLUSIVE_PORT ?? 0), host: '127.0.0.1', exclusive: true }, () => {
  console.log(`exclusive on ${own.address().port}`);
  shared.listen(process.env.PORT, () => console.log(`listening on ${shared.address().port}`));
});
