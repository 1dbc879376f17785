/** `node proxy-process.js <kind> <port> <unix socket>…`: one Node proxy in front of the sockets, at the port. Prints `ready`. */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
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

/** What Node's sockets cost by themselves: bytes go through unread, each client with an upstream connection of its own. */
function pipe(): void {
  const server = createNetServer({ noDelay: true }, (client) => {
    const upstream = connect({ path: next() });
    const relay = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        if (!to.write(chunk)) from.pause();
      });
      from.on('drain', () => to.resume());
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    };
    relay(client, upstream);
    relay(upstream, client);
  });
  server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
}

async function fastify(): Promise<void> {
  const make = peer('fastify') as () => {
    register(plugin: unknown, options: object): void;
    listen(where: object): Promise<unknown>;
  };
  const app = make();
  app.register(peer('@fastify/http-proxy'), {
    upstream: '',
    // Over undici there is no unix socket per request; this is what its documentation has for them.
    http: { agents: { 'unix+http:': new Agent({ keepAlive: true }), 'http:': new Agent({ keepAlive: true }) } },
    replyOptions: { getUpstream: () => `unix+http://${encodeURIComponent(next())}` },
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
  process.stdout.write('ready\n');
}

switch (kind) {
  case 'tidegate':
    await tidegate();
    break;
  case 'pipe':
    pipe();
    break;
  case 'undici':
    undici();
    break;
  case '@fastify/http-proxy':
    await fastify();
    break;
  default:
    webProxy(kind);
}
