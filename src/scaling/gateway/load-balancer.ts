import type { AddressInfo, ListenOptions } from 'node:net';
import { ForwardedIdentity } from '../../ipc/forwarded-identity.ts';
import { Ticker } from '../ticker.ts';
import { AffinityCookies } from './affinity-cookies.ts';
import { GatewayOptionError } from './errors.ts';
import { Front } from './front/front.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { RequestLimiter } from './limiter.ts';
import type { LoadBalancerOptions, UpstreamEvent, UpstreamOptions } from './options.ts';
import { type GatewaySettings, gatewaySettings, isWeight } from './settings.ts';
import { type LoadBalancerStatus, upstreamStatus } from './status.ts';
import { Deadlines, SWEEP_MS } from './timeouts.ts';
import { TokenBuckets } from './token-buckets.ts';
import { TrafficCounts } from './traffic-counts.ts';
import { Dispatcher } from './upstream/dispatcher.ts';
import { HealthChecks } from './upstream/health-checks.ts';
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
  readonly #front: Front;
  readonly #ticker: Ticker;
  readonly #deadlines = new Deadlines();
  #draining = false;

  /** @throws GatewayOptionError (a RangeError, code LB_OPTION_INVALID) that names the option, what was given, and what is allowed */
  constructor(options: LoadBalancerOptions) {
    this.#settings = gatewaySettings(options);
    const settings = this.#settings;
    const nowMs = performance.now();
    const onEvent = (event: UpstreamEvent): void => options.onUpstreamEvent?.(event);
    const around = { settings, deadlines: this.#deadlines, onEvent, onAvailability: () => {} };
    const pool = new UpstreamPool(around, Math.random, nowMs);
    options.upstreams.forEach((upstream, index) => {
      pool.add(upstream, `upstreams[${index}]`, nowMs);
    });
    this.#context = {
      settings,
      deadlines: this.#deadlines,
      pool,
      dispatcher: new Dispatcher(pool, settings),
      retryBudget: new RetryBudget(settings.retryBudget, nowMs),
      limiter: limiterOf(options),
      cookies: cookiesOf(settings),
      onAccess: options.onAccess,
      counts: new TrafficCounts(),
      draining: () => this.#draining,
    };
    this.#front = new Front(this.#context, {
      trustedProxies: options.trustedProxies ?? [],
      identity: identityOf(options),
    });
    this.#ticker = new Ticker({
      onError: (name, error) =>
        process.emitWarning(`load balancer, ${name}: ${error instanceof Error ? error.stack : error}`),
    });
    this.#startTicking();
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
    await this.#ticker.stop();
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

  /** It gets nothing new until `undrain`. @throws GatewayOptionError for an unknown name */
  drain(name: string): void {
    this.#upstream(name).draining = true;
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

  #startTicking(): void {
    const { pool, dispatcher, limiter } = this.#context;
    this.#ticker.every(SWEEP_MS, 'deadlines', () => {
      const nowMs = performance.now();
      pool.tick(nowMs);
      this.#deadlines.sweep(nowMs);
      if (dispatcher.queueLength > 0) dispatcher.serveQueue(nowMs);
    });
    if (limiter?.tick !== undefined) this.#ticker.every(1_000, 'limiter', () => limiter.tick?.(performance.now()));
    const { check, timeouts } = this.#settings;
    if (check === undefined) return;
    const checks = new HealthChecks(
      {
        ...check,
        timeoutMs: timeouts.checkMs,
        onChange: (upstream, up) => this.#checked(upstream, up),
      },
      () => pool.members,
    );
    this.#ticker.every(check.intervalMs, 'checks', () => checks.round());
  }

  #checked(upstream: Upstream, up: boolean): void {
    if (up) upstream.becameReady(performance.now());
    this.#context.pool.changed();
    this.#context.pool.report({ upstream: upstream.name, kind: 'check', detail: up ? 'up' : 'down' });
  }
}

function limiterOf({ limiter }: LoadBalancerOptions): RequestLimiter | undefined {
  if (limiter === undefined || 'check' in limiter) return limiter;
  const { ratePerSecond, burst } = limiter;
  if (!isWeight(ratePerSecond))
    throw new GatewayOptionError('limiter.ratePerSecond', ratePerSecond, 'a finite number above 0');
  if (!Number.isInteger(burst) || burst < 1)
    throw new GatewayOptionError('limiter.burst', burst, 'a whole number of at least 1');
  return new TokenBuckets(ratePerSecond, burst);
}

function cookiesOf({ affinity }: GatewaySettings): AffinityCookies | undefined {
  if (affinity?.by !== 'cookie') return undefined;
  return new AffinityCookies(affinity.cookieName ?? 'tidegate_affinity', affinity.secret, affinity.secure ?? false);
}

function identityOf({ identitySecret }: LoadBalancerOptions): ForwardedIdentity | undefined {
  if (identitySecret === undefined) return undefined;
  if (identitySecret.length < 16)
    throw new GatewayOptionError('identitySecret', '…', 'a secret of at least 16 characters');
  return new ForwardedIdentity(identitySecret);
}
