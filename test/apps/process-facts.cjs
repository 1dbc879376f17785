// What a program can see of its own process, at GET /; GET /child?by=fork|spawn|thread starts grandchild.cjs that way and answers with
// what that one sees.
const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { identity, sendJson } = require('./identity.cjs');

const GRANDCHILD = path.join(__dirname, 'grandchild.cjs');

function facts() {
  return {
    argv: process.argv,
    execPath: process.execPath,
    execArgv: process.execArgv,
    title: process.title,
    cwd: process.cwd(),
    filename: __filename,
    main: require.main === module && require.main.filename,
    parent: module.parent ?? null,
    loaded: Object.keys(require.cache),
    environment: Object.keys(process.env),
    stdinIsTty: process.stdin.isTTY ?? false,
    versions: process.version,
    globals: Object.keys(globalThis),
    warnings: process.listenerCount('warning'),
    signals: ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit', 'beforeExit'].filter(
      (name) => process.listenerCount(name) > 0,
    ),
  };
}

const start = {
  fork: async () => {
    const child = fork(GRANDCHILD, ['argument']);
    return (await once(child, 'message'))[0];
  },
  spawn: async () => {
    const child = spawn(process.execPath, [GRANDCHILD, 'argument'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    return JSON.parse(text);
  },
  thread: async () => {
    const worker = new Worker(GRANDCHILD, { argv: ['argument'] });
    return (await once(worker, 'message'))[0];
  },
};

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/') sendJson(response, identity(request.socket, facts()));
  else sendJson(response, await start[url.searchParams.get('by')]());
});

server.listen(process.env.PORT, () => console.log(`listening on ${server.address().port}`));
