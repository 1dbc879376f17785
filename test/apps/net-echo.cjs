// node:net, no HTTP: a connection first gets the identity as a line of JSON, then each of its bytes back, and its end answered by an end.
// MAX_CONNECTIONS sets server.maxConnections; a connection above it is printed as `dropped <remotePort>`.
const net = require('node:net');
const { identity } = require('./identity.cjs');

const server = net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  server.getConnections((_error, connections) => {
    socket.write(`${JSON.stringify(identity(socket, { connections, address: server.address() }))}\n`);
    socket.pipe(socket);
  });
});

const { MAX_CONNECTIONS, PORT } = process.env;
if (MAX_CONNECTIONS) server.maxConnections = Number(MAX_CONNECTIONS);
server.on('drop', (data) => console.log(`dropped ${data?.remotePort}`));
server.listen(PORT, () => console.log(`listening on ${server.address().port}`));
