/** The reference app: an ordinary Express and WebSocket server, run by itself or by `tidegate start`. */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApplication } from './application.ts';
import { stopOnSignals } from './graceful-stop.ts';
import { attachChat } from './routes/chat.ts';
import { ChatRoom } from './services/chat-room.ts';
import { describeWorker, identifyWorker } from './services/worker-identity.ts';
import { readPort, SettingError } from './settings.ts';

const STOP_DEADLINE_MS = 10_000;

function main(): void {
  const port = readPort(process.env);
  const worker = identifyWorker({ env: process.env, clusterWorkerId: cluster.worker?.id, pid: process.pid });
  const stopping = new AbortController();
  const server = createServer(createApplication(worker, stopping.signal));
  const chat = attachChat(server, new ChatRoom(worker));
  stopOnSignals({ server, stopping, closeWebSockets: chat.close, deadlineMs: STOP_DEADLINE_MS });

  server.on('error', (error: NodeJS.ErrnoException) => {
    if (server.listening) {
      // One connection could not be accepted; the others are none the worse for it.
      console.error(`cannot accept a connection: ${error.message}`);
      return;
    }
    const reason = error.code === 'EADDRINUSE' ? `port ${port} is taken; set PORT to another` : error.message;
    fail(`cannot listen: ${reason}`);
  });
  server.listen(port, () => {
    const address = server.address() as AddressInfo;
    console.log(`reference app: http://localhost:${address.port}/ served by ${describeWorker(worker)}`);
  });
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

try {
  main();
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  fail(error.message);
}
