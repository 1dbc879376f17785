/** The control API: its listeners and their orderly end. What it answers is declared in `management/routes/`. */
import type { IncomingMessage, RequestListener } from 'node:http';
import { ControlCertificate } from './management/access/tls.ts';
import type { Listener } from './management/app.ts';
import type { Authentication } from './management/authentication.ts';
import { EventHub } from './management/event-hub.ts';
import { BoundedHttpServer, DEFAULT_LIMITS, type ServerLimits, type ServerTls } from './management/http-server.ts';
import { bindSocket, bindTcp } from './management/listening.ts';
import { assertSafeToListen } from './management/loopback.ts';
import type { ManagementServices } from './management/services.ts';
import { WebGuard } from './management/web-guard.ts';

export interface ScalingServerOptions {
  /** How often an idle event stream gets a comment line. */
  readonly heartbeatMs?: number;
  readonly limits?: Partial<ServerLimits>;
  readonly nowMs?: () => number;
  /** Told of errors that the client sees as a bare 500; `what` is the method and path. */
  readonly onError?: (error: unknown, what: string) => void;
}

/** Where a TCP listener is. */
export interface TcpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** Several listeners, one app. Holds no timer of its own while nobody is connected. */
export class ScalingServer {
  readonly #services: ManagementServices;
  readonly #options: ScalingServerOptions;
  readonly #limits: ServerLimits;
  readonly #hub: EventHub;
  readonly #servers = new Set<BoundedHttpServer>();
  readonly #listenerByRequest = new WeakMap<IncomingMessage, Listener>();
  readonly #nowMs: () => number;
  #authentication: Promise<Authentication> | undefined;
  #app: Promise<RequestListener> | undefined;

  constructor(services: ManagementServices, options: ScalingServerOptions = {}) {
    this.#services = services;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { config, cluster, events } = services;
    const present = { limits: config, status: () => cluster.status(), nowMs: options.nowMs ?? Date.now };
    this.#nowMs = options.nowMs ?? Date.now;
    this.#hub = new EventHub(events, present, options.heartbeatMs ?? 15_000);
  }

  /** Clients that read GET /events now: the runtime need not make samples for none. */
  get eventClientCount(): number {
    return this.#hub.clientCount;
  }

  /**
   * Listens on TCP, with TLS when a certificate is configured. Host and Origin are checked; credentials are demanded when
   * any are configured.
   * @param port 0 picks a free one
   * @throws ManagementTokensRequiredError for an address other than loopback without credentials
   * @throws AccessConfigError for keys, tokens or certificates that can't be used
   * @throws ManagementListenError
   */
  async listenTcp(host: string, port: number): Promise<TcpEndpoint> {
    const { config } = this.#services;
    assertSafeToListen(host, (await this.#loadAuthentication()).demandsCredentials);
    const certificate = ControlCertificate.load(config, this.#nowMs());
    const guard = new WebGuard({
      host,
      secure: certificate !== null,
      allowedHosts: config.managementAllowedHosts,
      allowedOrigins: config.allowedOrigins,
    });
    const tls = certificate === null ? null : this.#tls(certificate);
    const server = await this.#createServer({ entrance: { kind: 'tcp', host }, guard }, tls);
    const address = await bindTcp(server.server, host, port);
    this.#servers.add(server);
    const name = host.includes(':') ? `[${host}]` : host;
    return { host, port: address.port, url: `${tls === null ? 'http' : 'https'}://${name}:${address.port}` };
  }

  /**
   * Listens on a unix socket with mode 0600: whoever may open it is admin.
   * @throws ManagementListenError
   */
  async listenSocket(path: string): Promise<void> {
    const server = await this.#createServer({ entrance: { kind: 'socket' }, guard: undefined }, null);
    await bindSocket(server.server, path);
    this.#servers.add(server);
  }

  /** Takes no more connections, ends event streams and idle connections, waits for answers under way, cuts them at the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#hub.close();
    const servers = [...this.#servers];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.close(deadlineMs)));
  }

  /** A renewed certificate that can't be used is told of, and the one in use stays. */
  #tls(certificate: ControlCertificate): ServerTls {
    return {
      options: certificate.options,
      renewed: () => {
        try {
          return certificate.renewed(this.#nowMs());
        } catch (error) {
          this.#options.onError?.(error, 'renewing the certificate of the control port');
          return undefined;
        }
      },
    };
  }

  #loadAuthentication(): Promise<Authentication> {
    this.#authentication ??= import('./management/authentication.ts').then(({ Authentication }) =>
      Authentication.load(this.#services.config, this.#nowMs),
    );
    return this.#authentication;
  }

  async #createServer(listener: Listener, tls: ServerTls | null): Promise<BoundedHttpServer> {
    this.#app ??= this.#loadApp();
    const app = await this.#app;
    return new BoundedHttpServer(this.#limits, tls, (request, response) => {
      this.#listenerByRequest.set(request, listener);
      app(request, response);
    });
  }

  async #loadApp(): Promise<RequestListener> {
    const [authentication, { buildApp }, { routes }] = await Promise.all([
      this.#loadAuthentication(),
      import('./management/app.ts'),
      import('./management/routes/index.ts'),
    ]);
    return buildApp({
      services: this.#services,
      authentication,
      routes,
      hub: this.#hub,
      answerTimeoutMs: this.#limits.answerTimeoutMs,
      listenerOf: (request) => this.#listenerByRequest.get(request) as Listener,
      nowMs: this.#nowMs,
      onError: this.#options.onError ?? (() => undefined),
    });
  }
}
