// Cleans up before it goes. The worker's connections have been drained or moved by the time SIGTERM comes, so server.close() is quick.
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const server = createServer(async (_request, response) => {
  // Slow enough to be caught in the act: reload or scale down while requests are open, and none is lost.
  await wait(2_000);
  response.end(`finished by worker ${process.env.NODE_APP_INSTANCE ?? 'alone'}, pid ${process.pid}\n`);
});

server.listen(process.env.PORT || 3001, () => {
  console.log(`listening on http://localhost:${server.address().port}/`);
});

function stop(signal) {
  console.log(`${signal}: closing`);
  server.close(() => {
    // Here an app closes its database pool, flushes its logs, and so on.
    console.log('closed');
    process.exit(0);
  });
}

process.once('SIGTERM', stop);
process.once('SIGINT', stop);
