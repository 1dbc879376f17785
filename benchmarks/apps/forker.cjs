'use strict';
// A bare primary that starts and stops single workers on request, and says how long each took from `fork` to listening:
// `node forker.cjs <app>`, over IPC. One worker stays, as a start beside running workers is what counts.
const cluster = require('node:cluster');

cluster.setupPrimary({ exec: process.argv[2], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });

function fork(onListening) {
  const startedAtMs = performance.now();
  const worker = cluster.fork();
  worker.process.stdout.resume();
  worker.process.stderr.resume();
  worker.once('listening', () => onListening(performance.now() - startedAtMs));
  return worker;
}

fork(() => process.send({ type: 'up' }));

process.on('message', ({ type }) => {
  if (type !== 'start') return;
  const worker = fork((readyMs) => process.send({ type: 'ready', readyMs, pid: worker.process.pid }));
});
process.on('disconnect', () => process.exit());
