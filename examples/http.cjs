// A plain HTTP server in CommonJS. Nothing here knows of clusters.
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(
    `${JSON.stringify({ hello: 'world', path: request.url, slot: process.env.NODE_APP_INSTANCE, pid: process.pid })}\n`,
  );
});

server.listen(process.env.PORT || 3001, () => {
  console.log(`listening on http://localhost:${server.address().port}/`);
});
