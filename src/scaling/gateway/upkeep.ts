import { Ticker } from '../ticker.ts';
import type { Certificates } from './front/certificates.ts';
import type { GatewayContext } from './gateway-context.ts';
import { SWEEP_MS } from './timeouts.ts';
import { HealthChecks } from './upstream/health-checks.ts';
import type { Upstream } from './upstream/upstream.ts';

/** How often the certificates' files are looked at. */
const CERTIFICATE_MS = 2_000;

/** What a gateway does by the clock: deadlines, breakers and weights, limits, checks, certificates. */
export class Upkeep {
  readonly #context: GatewayContext;
  readonly #ticker: Ticker;

  constructor(context: GatewayContext, certificates: Certificates | undefined) {
    this.#context = context;
    this.#ticker = new Ticker({
      onError: (name, error) =>
        process.emitWarning(`load balancer, ${name}: ${error instanceof Error ? error.stack : error}`),
    });
    const { pool, dispatcher, deadlines, limiter } = context;
    this.#ticker.every(SWEEP_MS, 'deadlines', () => {
      const nowMs = performance.now();
      pool.tick(nowMs);
      deadlines.sweep(nowMs);
      if (dispatcher.queueLength > 0) dispatcher.serveQueue(nowMs);
    });
    if (limiter?.tick !== undefined) this.#ticker.every(1_000, 'limiter', () => limiter.tick?.(performance.now()));
    if (certificates !== undefined) this.#ticker.every(CERTIFICATE_MS, 'certificate', () => void certificates.renew());
    this.#checkUpstreams();
  }

  async stop(): Promise<void> {
    await this.#ticker.stop();
  }

  #checkUpstreams(): void {
    const { settings, pool } = this.#context;
    const { check, timeouts } = settings;
    if (check === undefined) return;
    const checks = new HealthChecks(
      { ...check, timeoutMs: timeouts.checkMs, onChange: (upstream, up) => this.#checked(upstream, up) },
      () => pool.members,
    );
    this.#ticker.every(check.intervalMs, 'checks', () => checks.round());
  }

  #checked(upstream: Upstream, up: boolean): void {
    const { pool } = this.#context;
    if (up) upstream.becameReady(performance.now());
    pool.changed();
    pool.report({ upstream: upstream.name, kind: 'check', detail: up ? 'up' : 'down' });
  }
}
