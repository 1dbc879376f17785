import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { LoadBalancer, type LoadBalancerOptions } from '../../../src/scaling/gateway/index.ts';

/** A request as it came over the wire. */
export interface SeenRequest {
  readonly head: string;
  /** With its framing. */
  readonly body: string;
  readonly socket: Socket;
}

export type Answer = (request: SeenRequest, count: number) => string | undefined;

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A server that keeps every byte it hears, and says exactly what it is told. */
export class RawUpstream {
  readonly server: Server;
  received = '';
  readonly requests: SeenRequest[] = [];
  readonly sockets = new Set<Socket>();
  /** Connections that the other side has ended or broken. */
  closed = 0;
  answer: Answer;
  /** Is asked as soon as a head is there; what it returns is said at once. */
  onHead: ((head: string, socket: Socket) => string | undefined) | undefined;
  #port = 0;

  private constructor(answer: Answer) {
    this.answer = answer;
    this.server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async start(answer: Answer = () => OK): Promise<RawUpstream> {
    const upstream = new RawUpstream(answer);
    upstream.server.listen(0, '127.0.0.1');
    await once(upstream.server, 'listening');
    upstream.#port = (upstream.server.address() as AddressInfo).port;
    return upstream;
  }

  get port(): number {
    return this.#port;
  }

  /** The only request's head, or the last one's. */
  get head(): string {
    return this.requests.at(-1)?.head ?? '';
  }

  forget(): void {
    this.received = '';
    this.requests.length = 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  #serve(socket: Socket): void {
    this.sockets.add(socket);
    let pending = '';
    let headSeen = false;
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed += 1;
      this.sockets.delete(socket);
    });
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text;
      pending += text;
      for (;;) {
        const headEnd = pending.indexOf('\r\n\r\n');
        if (headEnd === -1) return;
        const head = pending.slice(0, headEnd + 4);
        if (!headSeen) {
          headSeen = true;
          const said = this.onHead?.(head, socket);
          if (said !== undefined) socket.write(said, 'latin1');
        }
        const end = endOf(pending, headEnd + 4, head);
        if (end === -1) return;
        const request = { head, body: pending.slice(headEnd + 4, end), socket };
        pending = pending.slice(end);
        headSeen = false;
        this.requests.push(request);
        const said = this.answer(request, this.requests.length);
        if (said !== undefined && !socket.destroyed) socket.write(said, 'latin1');
      }
    });
  }
}

function endOf(text: string, from: number, head: string): number {
  if (/^transfer-encoding:/im.test(head)) {
    if (text.startsWith('0\r\n', from)) return text.indexOf('\r\n\r\n', from) + 4 || -1;
    const last = text.indexOf('\r\n0\r\n', from);
    const end = last === -1 ? -1 : text.indexOf('\r\n\r\n', last + 2);
    return end === -1 ? -1 : end + 4;
  }
  const bytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  return text.length >= from + bytes ? from + bytes : -1;
}

/** A gateway on a free port. */
export async function startGateway(
  options: Omit<LoadBalancerOptions, 'upstreams'>,
  ...upstreams: readonly (RawUpstream | { readonly port: number })[]
): Promise<{ readonly balancer: LoadBalancer; readonly port: number }> {
  const balancer = new LoadBalancer({ ...options, upstreams: upstreams.map(({ port }) => ({ port })) });
  const { port } = (await balancer.listen({ port: 0, host: '127.0.0.1' })) as AddressInfo;
  return { balancer, port };
}
