// Closes idle connections after 300 ms (and the second that Node 20 adds), and does not say so.  /wait answers after 100 ms, /block?ms= stops the event loop, POST /echo.
const http = require('node:http');

const server = http.createServer((request, response) => {
  response.setHeader('Connection', 'keep-alive'); // in place of Node's own, which would come with `Keep-Alive: timeout`
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/wait') setTimeout(() => response.end('waited'), 100);
  else if (url.pathname === '/block') {
    process.stdout.write('blocking\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(url.searchParams.get('ms')));
    response.end('blocked');
  } else request.pipe(response);
});
server.keepAliveTimeout = 300;
server.keepAliveTimeoutBuffer = 0;
server.listen(process.env.PORT);
