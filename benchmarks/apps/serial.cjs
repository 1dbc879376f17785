// Each request holds the event loop for SERVICE_MS without using a core: ten workers make sense on two cores.
const http = require('node:http');

const serviceMs = Number(process.env.SERVICE_MS ?? 20);
const nobody = new Int32Array(new SharedArrayBuffer(4));

http
  .createServer((_request, response) => {
    Atomics.wait(nobody, 0, 0, serviceMs);
    response.end('ok');
  })
  .listen(process.env.PORT);
