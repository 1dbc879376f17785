/** `node proxy-process.js <kind> <port> <unix socket>…`: one Node proxy in front of the sockets, at the port. Prints `ready`. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LbAlgorithm } from '../../config/schema.ts';
import { LoadBalancer } from '../../src/scaling/gateway/index.ts';
import { peer } from './proxies.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface WebProxy {
  web(request: IncomingMessage, response: ServerResponse, options?: object): unknown;
  ws(request: IncomingMessage, socket: unknown, head?: unknown, options?: object): unknown;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

const [kind = '', port = '', ...sockets] = process.argv.slice(2);
let turn = 0;
const next = (): string => sockets[turn++ % sockets.length] as string;

/** http-proxy and its two successors. */
function webProxy(name: string): void {
  const made = peer(name) as { createProxyServer(options: object): WebProxy };
  // An agent per socket, as their documentation has it for keep-alive.
  const { Agent } = process.getBuiltinModule('node:http');
  const targets = new Map(
    sockets.map((socketPath) => [socketPath, { socketPath, host: 'localhost', agent: new Agent({ keepAlive: true }) }]),
  );
  const proxy = made.createProxyServer({});
  proxy.on('error', () => {});
  const target = (): object => {
    const { socketPath, host, agent } = targets.get(next()) as { socketPath: string; host: string; agent: object };
    return { target: { socketPath, host, protocol: 'http:' }, agent };
  };
  const server = serve((request, response) => proxy.web(request, response, target()));
  server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head, target()));
}

/** What fast proxies on undici do: dispatch, and pipe. */
function undici(): void {
  const { Pool } = peer('undici') as {
    Pool: new (
      origin: string,
      options: object,
    ) => {
      stream(
        options: object,
        factory: (data: { statusCode: number; headers: object }) => ServerResponse,
      ): Promise<unknown>;
    };
  };
  const pools = sockets.map((socketPath) => new Pool('http://localhost', { socketPath, connections: 64 }));
  serve((request, response) => {
    const pool = pools[turn++ % pools.length];
    const { connection: _hop, ...headers } = request.headers;
    pool
      ?.stream(
        { method: request.method, path: request.url, headers, body: request.method === 'GET' ? null : request },
        ({ statusCode, headers }) => {
          response.writeHead(statusCode, headers as Record<string, string>);
          return response;
        },
      )
      .catch(() => response.destroy());
  });
}

function serve(handler: Handler): ReturnType<typeof createServer> {
  const server = createServer(handler);
  server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
  return server;
}

async function tidegate(): Promise<void> {
  const algorithm = (process.env.BENCH_ALGORITHM ?? 'least-connections') as Exclude<LbAlgorithm, 'adaptive'>;
  const balancer = new LoadBalancer({ algorithm, upstreams: sockets.map((socketPath) => ({ socketPath })) });
  await balancer.listen({ port: Number(port), host: '127.0.0.1' });
  process.stdout.write('ready\n');
  // So that a CPU profile is written.
  process.once('SIGTERM', () => process.exit(0));
}

if (kind === 'tidegate') await tidegate();
else if (kind === 'undici') undici();
else webProxy(kind);
