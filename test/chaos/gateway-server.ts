/**
 * A gateway, and servers behind it, each a process of its own so that neither the clients' nor the servers' work counts as the
 * gateway's: `node gateway-server.js upstream`, `node gateway-server.js gateway <options as JSON>`. Messages go over IPC.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LoadBalancer, type LoadBalancerOptions, type LoadBalancerStatus } from '../../src/scaling/gateway/index.ts';

const FILE = fileURLToPath(import.meta.url);
const MEGABYTE = 1_048_576;
const REST_EACH = 2 * MEGABYTE;
const REST_MS = 10;

/** `GET /<n>` is answered with n bytes as fast as they are taken; a request's body is read to its end, at `/slow` with rests, and its length told. */
function serve(): void {
  const piece = Buffer.alloc(65_536, 0x61);
  const server = createServer((request, response) => {
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      const before = received;
      received += chunk.length;
      if (request.url === '/slow') restEach(request, before, received);
    });
    request.on('end', () => {
      const bytes = Number(/^\/(\d+)/.exec(request.url ?? '')?.[1] ?? 0);
      if (bytes === 0) {
        response.end(String(received));
        return;
      }
      let left = bytes;
      response.writeHead(200, { 'content-length': bytes });
      const more = (): void => {
        while (left > 0) {
          const part = left >= piece.length ? piece : piece.subarray(0, left);
          left -= part.length;
          if (!response.write(part)) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    // A client that goes away is no news.
    request.on('error', () => {});
    response.on('error', () => {});
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

/** Whoever reads rests after each 2 MB: long enough for all buffers on the way to fill. */
export function restEach(reader: Readable, before: number, after: number): void {
  if (Math.floor(before / REST_EACH) === Math.floor(after / REST_EACH)) return;
  reader.pause();
  setTimeout(() => reader.resume(), REST_MS);
}

async function balance(options: LoadBalancerOptions): Promise<void> {
  const balancer = new LoadBalancer(options);
  const { port } = (await balancer.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo;
  process.on('message', () => process.send?.({ status: balancer.status(), rssBytes: process.memoryUsage().rss }));
  process.send?.({ port });
}

/** What a gateway process says of itself. */
export interface GatewayFigures {
  readonly status: LoadBalancerStatus;
  readonly rssBytes: number;
}

/** One of the two as a child process. */
export class ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async upstream(): Promise<ServerProcess> {
    return ServerProcess.#start(['upstream']);
  }

  static async gateway(options: LoadBalancerOptions): Promise<ServerProcess> {
    return ServerProcess.#start(['gateway', JSON.stringify(options)]);
  }

  static async #start(args: readonly string[]): Promise<ServerProcess> {
    const child = fork(FILE, args);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new ServerProcess(child, port);
  }

  /** Of a gateway. */
  async figures(): Promise<GatewayFigures> {
    this.#child.send('figures');
    const [figures] = (await once(this.#child, 'message')) as [GatewayFigures];
    return figures;
  }

  /** The most memory it had while `work` went on, and what it had before, in MB. */
  async memoryDuring(work: Promise<unknown>): Promise<{ readonly beforeMb: number; readonly mostMb: number }> {
    const beforeMb = (await this.figures()).rssBytes / MEGABYTE;
    let mostMb = beforeMb;
    let over = false;
    const end = work.finally(() => {
      over = true;
    });
    while (!over) {
      mostMb = Math.max(mostMb, (await this.figures()).rssBytes / MEGABYTE);
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    return { beforeMb, mostMb };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

if (process.argv[1] === FILE) {
  const [role, options = '{}'] = process.argv.slice(2);
  if (role === 'upstream') serve();
  else await balance(JSON.parse(options) as LoadBalancerOptions);
}
