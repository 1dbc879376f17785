// Started by process-facts.cjs as a process or a thread of its own: tells what it sees, listens, is asked once, and ends by itself.
const cluster = require('node:cluster');
const http = require('node:http');
const { isMainThread, parentPort } = require('node:worker_threads');

const server = http.createServer((_request, response) => response.end('from the grandchild'));
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, host: '127.0.0.1', agent: false }, async (response) => {
    let body = '';
    for await (const chunk of response) body += chunk;
    server.close();
    tell({
      isMainThread,
      isPrimary: cluster.isPrimary,
      isWorker: cluster.isWorker,
      argument: process.argv[2],
      execArgv: process.execArgv,
      loaded: Object.keys(require.cache),
      environment: Object.keys(process.env),
      body,
    });
  });
});

function tell(facts) {
  if (parentPort) parentPort.postMessage(facts);
  else if (process.send) process.send(facts, () => process.disconnect());
  else console.log(JSON.stringify(facts));
}
