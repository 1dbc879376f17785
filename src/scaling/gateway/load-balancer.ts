import type { AddressInfo, ListenOptions } from 'node:net';
import { GatewayOptionError } from './errors.ts';
import { Certificates } from './front/certificates.ts';
import { Front } from './front/front.ts';
import { MemoryBudget } from './front/memory-budget.ts';
import type { GatewayContext } from './gateway-context.ts';
import { isWeight } from './option-checks.ts';
import { cookiesOf, identityOf, limiterOf } from './option-parts.ts';
import type { LoadBalancerOptions, UpstreamEvent, UpstreamOptions } from './options.ts';
import { type GatewaySettings, gatewaySettings, networkList } from './settings.ts';
import { type LoadBalancerStatus, upstreamStatus } from './status.ts';
import { Deadlines } from './timeouts.ts';
import { TrafficCounts } from './traffic-counts.ts';
import { Upkeep } from './upkeep.ts';
import { Dispatcher } from './upstream/dispatcher.ts';
import { RetryBudget } from './upstream/retry-budget.ts';
import type { Upstream } from './upstream/upstream.ts';
import { UpstreamPool } from './upstream/upstream-pool.ts';

const DEFAULT_DRAIN_MS = 30_000;

/**
 * An HTTP/1.1 load balancer: picks an upstream for each request, and passes requests, responses and upgraded connections on.
 * Every option is documented at `LoadBalancerOptions`.
 */
export class LoadBalancer {
  readonly #settings: GatewaySettings;
  readonly #context: GatewayContext;
  readonly #certificates: Certificates | undefined;
  readonly #front: Front;
  readonly #upkeep: Upkeep;
  #draining = false;

  /** @throws GatewayOptionError (a RangeError, code LB_OPTION_INVALID) that names the option, what was given, and what is allowed */
  constructor(options: LoadBalancerOptions) {
    this.#settings = gatewaySettings(options);
    const settings = this.#settings;
    const nowMs = performance.now();
    const deadlines = new Deadlines();
    const onEvent = (event: UpstreamEvent): void => options.onUpstreamEvent?.(event);
    const around = { settings, deadlines, onEvent, onAvailability: () => {} };
    const pool = new UpstreamPool(around, Math.random, nowMs);
    options.upstreams.forEach((upstream, index) => {
      pool.add(upstream, `upstreams[${index}]`, nowMs);
    });
    this.#context = {
      settings,
      deadlines,
      pool,
      dispatcher: new Dispatcher(pool, settings),
      retryBudget: new RetryBudget(settings.retryBudget, nowMs),
      limiter: limiterOf(options),
      bodyBudget: new MemoryBudget(settings.holdBody.totalBytes),
      cookies: cookiesOf(settings),
      onAccess: options.onAccess,
      onHandOver: options.onHandOver,
      counts: new TrafficCounts(),
      draining: () => this.#draining,
    };
    this.#certificates = options.tls === undefined ? undefined : new Certificates(options.tls);
    this.#front = new Front(this.#context, {
      trusted: networkList('trustedProxies', options.trustedProxies),
      proxies: networkList('proxyProtocolFrom', options.proxyProtocolFrom),
      certificates: this.#certificates,
      http2: options.tls?.http2 ?? true,
      identity: identityOf(options),
    });
    this.#upkeep = new Upkeep(this.#context, this.#certificates);
  }

  /**
   * Accepts clients at a port and address, a path, or whatever else `net.Server` can listen at.
   * @returns where it listens
   * @throws what `net.Server` gives: EADDRINUSE, EACCES …
   */
  async listen(where: number | ListenOptions): Promise<AddressInfo | string> {
    await this.#front.listen(typeof where === 'number' ? { port: where } : where);
    return this.#front.server.address() as AddressInfo | string;
  }

  /**
   * Accepts nobody any more and lets every request under way end; connections that are still open after `drainMs` (30,000) are cut,
   * upgraded ones among them. Resolves when all is closed. A second call cuts them at once.
   */
  async close({ drainMs = DEFAULT_DRAIN_MS }: { readonly drainMs?: number } = {}): Promise<void> {
    const again = this.#draining;
    this.#draining = true;
    await this.#front.drain(again ? 0 : drainMs);
    for (const upstream of this.#context.pool.members) upstream.closeIdle();
    await this.#upkeep.stop();
  }

  status(): LoadBalancerStatus {
    const { pool, dispatcher, counts } = this.#context;
    return {
      mode: 'http',
      policy: this.#settings.algorithm,
      draining: this.#draining,
      connections: this.#front.connections,
      queued: dispatcher.queueLength,
      shed: dispatcher.shed,
      totals: { ...counts },
      upstreams: pool.members.map(upstreamStatus),
    };
  }

  /** @throws GatewayOptionError for bad options or a name or slot that is taken */
  addUpstream(options: UpstreamOptions): void {
    const nowMs = performance.now();
    this.#context.pool.add(options, 'upstream', nowMs);
    this.#context.dispatcher.serveQueue(nowMs);
  }

  /** It gets nothing new, and is forgotten; what it has goes on to its end. @throws GatewayOptionError for an unknown name */
  removeUpstream(name: string): void {
    this.#context.pool.remove(this.#upstream(name));
    this.#context.dispatcher.serveQueue(performance.now());
  }

  /** The upstream of this name gives way to one as described, in one step: no request finds neither. @throws GatewayOptionError */
  replaceUpstream(options: UpstreamOptions & { readonly name: string }): void {
    const nowMs = performance.now();
    this.#context.pool.remove(this.#upstream(options.name));
    this.#context.pool.add(options, 'upstream', nowMs);
    this.#context.dispatcher.serveQueue(nowMs);
  }

  /** It gets nothing new until `undrain`, and idle connections to it are closed. @throws GatewayOptionError for an unknown name */
  drain(name: string): void {
    const upstream = this.#upstream(name);
    upstream.draining = true;
    upstream.closeIdle();
    this.#context.pool.changed();
    this.#context.dispatcher.serveQueue(performance.now());
  }

  /** @throws GatewayOptionError for an unknown name */
  undrain(name: string): void {
    const upstream = this.#upstream(name);
    upstream.draining = false;
    upstream.becameReady(performance.now());
    this.#context.pool.changed();
    this.#context.dispatcher.serveQueue(performance.now());
  }

  /** @throws GatewayOptionError for an unknown name, or a weight that is not above 0 */
  setWeight(name: string, weight: number): void {
    const upstream = this.#upstream(name);
    if (!isWeight(weight)) throw new GatewayOptionError('weight', weight, 'a finite number above 0');
    upstream.configuredWeight = weight;
    upstream.updateWeight(performance.now());
    this.#context.pool.changed();
  }

  /** Closes one upstream's breaker, or everyone's; statistics stay. @throws GatewayOptionError for an unknown name */
  resetBreaker(name?: string): void {
    const upstreams = name === undefined ? this.#context.pool.members : [this.#upstream(name)];
    for (const upstream of upstreams) upstream.breaker.reset();
    this.#context.pool.changed();
  }

  #upstream(name: string): Upstream {
    const upstream = this.#context.pool.get(name);
    if (upstream !== undefined) return upstream;
    const names = this.#context.pool.members.map((member) => member.name);
    throw new GatewayOptionError('name', name, `one of ${names.join(', ') || '(there are none)'}`);
  }
}
