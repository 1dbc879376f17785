import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { NetworkList } from '../../../ipc/network-list.ts';
import type { Endpoint } from '../../../ipc/proxy-header.ts';
import { readPreface } from '../../../ipc/proxy-preface.ts';
import type { Deadlines, Expiring } from '../timeouts.ts';
import type { Certificates } from './certificates.ts';

/** As ALPN writes them, the first best: who speaks nothing else ends the handshake there. */
const HTTP1 = Buffer.from('\x08http/1.1', 'latin1');
const HTTP2 = Buffer.from('\x02h2\x08http/1.1', 'latin1');

type SniCallback = (name: string, choose: (error: null, context: SecureContext) => void) => void;

export interface ReceptionOptions {
  /** Peers whose connections begin with a PROXY header. */
  readonly proxies: NetworkList;
  readonly certificates: Certificates | undefined;
  /** Clients may choose HTTP/2. */
  readonly http2: boolean;
  readonly deadlines: Deadlines;
  readonly handshakeMs: number;
}

/** What comes before a connection's first request: a proxy says who its client is, the client shakes hands. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #admit: (socket: Socket, told: Endpoint | null) => void;
  readonly #onEmpty: () => void;
  readonly #arriving = new Set<Socket>();

  /** @param admit gets each connection that has come so far, with its client if a proxy has named it @param onEmpty nobody is on the way any more */
  constructor(options: ReceptionOptions, admit: (socket: Socket, told: Endpoint | null) => void, onEmpty: () => void) {
    this.#options = options;
    this.#admit = admit;
    this.#onEmpty = onEmpty;
  }

  /** Connections that have not come so far. */
  get size(): number {
    return this.#arriving.size;
  }

  receive(socket: Socket): void {
    const { proxies } = this.#options;
    if (proxies.isEmpty || !proxies.has(socket.remoteAddress ?? '')) {
      this.#shakeHands(socket, null);
      return;
    }
    this.#arriving.add(socket);
    readPreface(
      socket,
      ({ client }, rest) => {
        if (rest.length > 0) socket.unshift(rest);
        this.#shakeHands(socket, client);
        if (this.#options.certificates === undefined) socket.resume(); // TLS reads past the stream
      },
      () => this.#left(socket),
    );
  }

  /** Ends those who are on the way. */
  cut(): void {
    for (const socket of [...this.#arriving]) socket.destroy();
  }

  #shakeHands(socket: Socket, told: Endpoint | null): void {
    const { certificates, http2, deadlines, handshakeMs } = this.#options;
    if (certificates === undefined) {
      this.#admit(socket, told);
      return;
    }
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: certificates.context,
      ...(certificates.byName && { SNICallback: contextChoice(certificates) }),
      ALPNProtocols: http2 ? HTTP2 : HTTP1,
      allowHalfOpen: true,
    } as ConstructorParameters<typeof TLSSocket>[1]);
    const late: Expiring = { deadlineMs: performance.now() + handshakeMs, expire: () => secure.destroy() };
    this.#arriving.add(secure);
    deadlines.add(late);
    const ignore = (): void => {}; // 'close' follows
    const done = (): void => {
      secure.off('close', done);
      deadlines.delete(late);
      this.#left(secure);
    };
    socket.on('error', ignore);
    secure.on('error', ignore);
    secure.on('close', done);
    secure.once('secure', () => {
      if (secure.destroyed) return;
      secure.off('error', ignore);
      this.#admit(secure, told);
      done();
    });
  }

  #left(socket: Socket): void {
    this.#arriving.delete(socket);
    if (this.#arriving.size === 0) this.#onEmpty();
  }
}

function contextChoice(certificates: Certificates): SniCallback {
  return (name, choose) => choose(null, certificates.contextFor(name));
}
