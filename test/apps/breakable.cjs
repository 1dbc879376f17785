// An app whose parts can be broken one by one, for the tests of the health monitor.
//   /healthz            200, or 503 while BREAK_FILE exists      /open?n=   keeps that many files open; 0 closes them
//   /fail               500 in the worker of slot 0, else 200    /burn?ms=  stops the event loop, using CPU
const { closeSync, existsSync, openSync } = require('node:fs');
const http = require('node:http');

const kept = [];

http
  .createServer((request, response) => {
    const url = new URL(request.url, 'http://app');
    if (url.pathname === '/healthz') {
      response.statusCode = existsSync(process.env.BREAK_FILE) ? 503 : 200;
    } else if (url.pathname === '/open') {
      const count = Number(url.searchParams.get('n'));
      if (count === 0) for (const file of kept.splice(0)) closeSync(file);
      while (kept.length < count) kept.push(openSync('/dev/null'));
    } else if (url.pathname === '/fail') {
      response.statusCode = process.env.NODE_APP_INSTANCE === '0' ? 500 : 200;
    } else if (url.pathname === '/burn') {
      const endMs = performance.now() + Number(url.searchParams.get('ms'));
      while (performance.now() < endMs) Math.sqrt(Math.random());
    }
    response.end(String(process.pid));
  })
  .listen(Number(process.env.PORT));
