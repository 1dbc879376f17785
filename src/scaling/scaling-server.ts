/** The control API: its listeners and their orderly end. What it answers is declared in `management/routes/`. */
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Listener } from './management/app.ts';
import { EventHub } from './management/event-hub.ts';
import { BoundedHttpServer, DEFAULT_LIMITS, type ServerLimits } from './management/http-server.ts';
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
  #app: Promise<RequestListener> | undefined;

  constructor(services: ManagementServices, options: ScalingServerOptions = {}) {
    this.#services = services;
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#hub = new EventHub(services.events, options.heartbeatMs ?? 15_000);
  }

  /** Clients that read GET /events now: the runtime need not make samples for none. */
  get eventClientCount(): number {
    return this.#hub.clientCount;
  }

  /**
   * Listens on TCP. Host and Origin are checked; tokens are demanded when any are configured.
   * @param port 0 picks a free one
   * @throws ManagementTokensRequiredError for an address other than loopback without tokens
   * @throws ManagementListenError
   */
  async listenTcp(host: string, port: number): Promise<TcpEndpoint> {
    const { config } = this.#services;
    assertSafeToListen({ ...config, managementHost: host });
    const guard = new WebGuard({
      host,
      allowedHosts: config.managementAllowedHosts,
      allowedOrigins: config.allowedOrigins,
    });
    const server = await this.#createServer({ entrance: { kind: 'tcp', host }, guard });
    const address = await bindTcp(server.server, host, port);
    this.#servers.add(server);
    const name = host.includes(':') ? `[${host}]` : host;
    return { host, port: address.port, url: `http://${name}:${address.port}` };
  }

  /**
   * Listens on a unix socket with mode 0600: whoever may open it is admin.
   * @throws ManagementListenError
   */
  async listenSocket(path: string): Promise<void> {
    const server = await this.#createServer({ entrance: { kind: 'socket' }, guard: undefined });
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

  async #createServer(listener: Listener): Promise<BoundedHttpServer> {
    this.#app ??= this.#loadApp();
    const app = await this.#app;
    return new BoundedHttpServer(this.#limits, (request, response) => {
      this.#listenerByRequest.set(request, listener);
      app(request, response);
    });
  }

  async #loadApp(): Promise<RequestListener> {
    const [{ buildApp }, { routes }] = await Promise.all([
      import('./management/app.ts'),
      import('./management/routes/index.ts'),
    ]);
    return buildApp({
      services: this.#services,
      routes,
      hub: this.#hub,
      answerTimeoutMs: this.#limits.answerTimeoutMs,
      listenerOf: (request) => this.#listenerByRequest.get(request) as Listener,
      nowMs: this.#options.nowMs ?? Date.now,
      onError: this.#options.onError ?? (() => undefined),
    });
  }
}
