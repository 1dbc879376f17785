// Listens at once, sends 'ready' READY_DELAY_MS later (500 by default). GET / tells whether it had done so: under wait_ready nobody
// should ever see `ready: false`.
const http = require('node:http');
const { identity, sendJson } = require('./identity.cjs');

let ready = false;
const server = http.createServer((request, response) => {
  sendJson(response, identity(request.socket, { ready }), ready ? 200 : 503);
});

server.listen(process.env.PORT, () => {
  console.log(`listening on ${server.address().port}`);
  setTimeout(
    () => {
      ready = true;
      console.log('says ready');
      process.send?.('ready');
    },
    Number(process.env.READY_DELAY_MS ?? 500),
  );
});
