import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { NetworkList } from '../../../ipc/network-list.ts';
import type { Endpoint } from '../../../ipc/proxy-header.ts';
import { readPreface } from '../../../ipc/proxy-preface.ts';
import type { Deadlines, Expiring } from '../timeouts.ts';
import type { Certificate } from './certificate.ts';

/** `http/1.1`, as ALPN writes it: who speaks nothing else ends the handshake there. */
const ALPN = Buffer.from('\x08http/1.1', 'latin1');

export interface ReceptionOptions {
  /** Peers whose connections begin with a PROXY header. */
  readonly proxies: NetworkList;
  readonly certificate: Certificate | undefined;
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
        if (this.#options.certificate === undefined) socket.resume(); // TLS reads past the stream
      },
      () => this.#left(socket),
    );
  }

  /** Ends those who are on the way. */
  cut(): void {
    for (const socket of [...this.#arriving]) socket.destroy();
  }

  #shakeHands(socket: Socket, told: Endpoint | null): void {
    const { certificate, deadlines, handshakeMs } = this.#options;
    if (certificate === undefined) {
      this.#admit(socket, told);
      return;
    }
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: certificate.context,
      ALPNProtocols: ALPN,
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
