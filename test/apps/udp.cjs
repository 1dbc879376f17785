// A datagram socket on UDP_PORT (a free one by default) beside node:http. GET / tells the port; a datagram comes back as `<pid> <text>`.
const dgram = require('node:dgram');
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

const udp = dgram.createSocket('udp4');
udp.on('message', (message, from) => udp.send(`${process.pid} ${message}`, from.port, from.address));

const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { udpPort: udp.address().port }));
});

udp.bind(Number(process.env.UDP_PORT ?? 0), '127.0.0.1', () => {
  console.log(`udp on ${udp.address().port}`);
  server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
});
