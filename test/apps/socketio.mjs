// socket.io 4, websocket transport only (polling needs affinity). Events: `identity` on connect, `echo` (with acknowledgement),
// `say` (to everybody on this worker as `said`).
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { identity, sendJson } from './identity.cjs';

const server = createServer((request, response) => {
  sendJson(response, identity(request.socket, { sockets: io.engine.clientsCount }));
});
const io = new Server(server, { transports: ['websocket'] });

io.on('connection', (socket) => {
  socket.emit('identity', identity(socket.request.socket, { address: socket.handshake.address }));
  socket.on('echo', (data, acknowledge) => acknowledge({ data, pid: process.pid }));
  socket.on('say', (text) => io.emit('said', { text, pid: process.pid }));
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
