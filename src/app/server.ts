/** The reference app: an ordinary Express and WebSocket server, run by itself or by `tidegate start`. */
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApplication } from './application.ts';
import { stopOnSignals } from './graceful-stop.ts';
import type { LateServices } from './late-services.ts';
import { chatEndpoint } from './routes/chat.ts';
import { realtimeEndpoint } from './routes/realtime.ts';
import { serveUpgrades } from './routes/upgrades.ts';
import { ChatRoom } from './services/chat-room.ts';
import { describeWorker, identifyWorker, processMode } from './services/worker-identity.ts';
import { readAppSettings, readPort, SettingError } from './settings.ts';

const STOP_DEADLINE_MS = 10_000;

async function main(): Promise<void> {
  const port = readPort(process.env);
  const worker = identifyWorker({ env: process.env, clusterWorkerId: cluster.worker?.id, pid: process.pid });
  const settings = await readAppSettings(process.env, processMode(worker) === 'single-process');
  const stopping = new AbortController();
  const { app, services } = createApplication(worker, settings, stopping.signal);
  const server = createServer(app);
  const upgrades = serveUpgrades(server, {
    '/ws': chatEndpoint(new ChatRoom(worker)),
    '/realtime': realtimeEndpoint(async () => {
      const { services: opened, session } = await services.open();
      return { hub: opened.hub, session };
    }),
  });
  stopOnSignals({
    server,
    stopping,
    closeWebSockets: upgrades.close,
    finish: () => services.close(),
    deadlineMs: STOP_DEADLINE_MS,
  });

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
    startServices(services, address.port);
  });
}

/** After the listening: no request but those that need them waits for the services. */
function startServices(late: LateServices, port: number): void {
  late
    .open()
    .then(({ services }) => services.start(port))
    // A part that cannot be loaded is a broken installation, which whoever watches over the process should see.
    .catch((error: unknown) => fail(`cannot start the services: ${(error as Error).stack ?? error}`));
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  fail(error.message);
}
