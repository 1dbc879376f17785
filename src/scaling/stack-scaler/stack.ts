import { EventEmitter } from 'node:events';
import { uptime } from 'node:os';
import type { Config } from '../../../config/schema.ts';
import type { ScalingPolicy } from '../autoscale/policy.ts';
import type { DecisionRecord } from '../autoscale/record.ts';
import type { Capacity } from '../fleet/capacity.ts';
import { ProcessUsage } from '../machine/process-usage.ts';
import type { AuditLog, ManagementServices } from '../management/services.ts';
import { MetricsExposition } from '../metrics/exposition.ts';
import { MeterLedger } from '../metrics/meter-ledger.ts';
import { ScalingCounts } from '../metrics/scaling-counts.ts';
import { ScalingServer, type TcpEndpoint } from '../scaling-server.ts';
import type { SharedState } from '../state/shared-state.ts';
import type { Ticker } from '../ticker.ts';
import { HostMachine } from './host-machine.ts';
import { instanceClient } from './instance-client.ts';
import { Leadership } from './leadership.ts';
import { MemoryStore } from './memory.ts';
import { NO_BALANCER, StackCluster, StackScaling } from './stack-control.ts';
import { stackMetrics } from './stack-metrics.ts';
import { type LeasedTarget, StackScaler } from './stack-scaler.ts';
import { StackView } from './stack-view.ts';

/** How long a lease lasts: a leader that is killed is replaced within this and one renewal, 12 s. */
export const LEASE_TTL_MS = 10_000;
export const LEASE_RENEWAL_MS = 2_000;
/** An instance that takes longer counts as silent for this round. */
const ASK_TIMEOUT_MS = 1_500;
const CLOSE_DEADLINE_MS = 2_000;

export interface StackOptions {
  /** Limits are instances of the stack; the control API's options are the scaler's own. */
  readonly config: Config;
  readonly version: string;
  /** Of the stack: scalers of one name are one another's stand-ins. */
  readonly name: string;
  /** Unique among them, and new with each start. */
  readonly self: string;
  /** Where this scaler answers, for those who ask one that does not lead: `scaler-1:9001`. */
  readonly address: string;
  readonly policy: ScalingPolicy;
  readonly target: LeasedTarget;
  readonly state: SharedState;
  /** Of the fleet's leases; null: there are none. */
  readonly capacity: () => Promise<Capacity | null>;
  /** Port of the control API of each instance, and a token of role viewer or above for it (empty: they ask for none). */
  readonly instances: { readonly port: number; readonly token: string };
  readonly audit: AuditLog;
  readonly ticker: Pick<Ticker, 'every'>;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void;
  readonly onStop: (by: string) => void;
  /** What the control API serves of the fleet and Redis. */
  readonly services?: Pick<ManagementServices, 'fleet' | 'capacity' | 'leases' | 'redis'>;
}

/** The scaler role: leadership, auto-scaler and control API of a stack, wired. */
export class Stack {
  readonly scaler: StackScaler;
  readonly leadership: Leadership;
  readonly #options: StackOptions;
  readonly #view: StackView;
  readonly #server: ScalingServer;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #counts = new ScalingCounts();
  readonly #ends: (() => void)[] = [];

  constructor(options: StackOptions) {
    this.#options = options;
    const { config, version, name, self, address, policy, target, state, instances, audit, log, services } = options;
    this.leadership = new Leadership({
      state,
      key: `stack:{${name}}:leader`,
      self,
      address,
      ttlMs: LEASE_TTL_MS,
      // Goes on while the machine is suspended, unlike performance.now(): who slept must not believe that its lease still holds.
      nowMs: () => uptime() * 1_000,
    });
    const ask = instanceClient({ ...instances, timeoutMs: ASK_TIMEOUT_MS });
    this.#view = new StackView({ name, target, ask, nowMs: Date.now });
    this.scaler = new StackScaler({
      policy,
      target,
      view: this.#view,
      leadership: this.leadership,
      memory: new MemoryStore(state, `stack:{${name}}:memory`),
      machine: new HostMachine(),
      capacity: options.capacity,
      record: (record, repeats) => this.#onDecision(record, repeats),
      log,
      nowMs: Date.now,
    });
    this.#server = new ScalingServer(
      {
        config,
        version,
        cluster: new StackCluster(this.#view, options.onStop),
        scaler: new StackScaling(this.scaler),
        health: { health: () => this.#health(), performance: () => this.scaler.collector.performance() },
        metrics: this.#metrics(),
        balancer: NO_BALANCER,
        audit,
        events: { subscribe: (listener) => this.#subscribe(listener) },
        ...services,
      },
      { onError: (error, what) => log('error', `${what} failed: ${String(error)}`) },
    );
  }

  /** Opens the control API and begins to look, and to decide when it may. @throws ManagementListenError, ManagementTokensRequiredError */
  async start(): Promise<TcpEndpoint> {
    const { config, ticker, log } = this.#options;
    const endpoint = await this.#server.listenTcp(config.managementHost, config.managementPort);
    const renew = (): Promise<void> =>
      this.leadership.tick().catch((error: Error) => log('warn', `the lease of the leader: ${error.message}`));
    await renew();
    this.#ends.push(ticker.every(LEASE_RENEWAL_MS, 'leadership', renew));
    this.#ends.push(
      ticker.every(config.scalingIntervalMs, 'stack', async () => {
        await this.scaler.tick();
        this.#events.emit('event', 'sample', { atMs: Date.now(), cluster: this.#view.status() });
      }),
    );
    return endpoint;
  }

  /** Gives the lease back and closes. Instances go on as they are; so do those that are leaving. */
  async stop(): Promise<void> {
    this.#view.stopping = true;
    for (const end of this.#ends.splice(0)) end();
    this.#options.target.release();
    await this.leadership.resign().catch(() => {}); // then its end is waited for
    await this.#server.close(CLOSE_DEADLINE_MS);
  }

  #metrics(): MetricsExposition {
    const { version } = this.#options;
    return new MetricsExposition(
      {
        collector: this.scaler.collector,
        processes: new ProcessUsage(),
        devices: { figures: () => Promise.resolve({ network: null, disk: null, diskTraffic: null }) },
        scaling: this.#counts,
        meters: new MeterLedger(),
        probes: () => new Map(),
        breakers: () => [],
        build: { version, node: process.versions.node },
      },
      stackMetrics(() => ({
        leads: this.leadership.leads,
        status: this.#view.status(),
        capacityUtilization: this.scaler.capacityUtilization,
        targetFailures: this.scaler.targetFailures,
      })),
    );
  }

  /** A scaler that waits is as healthy as one that leads; one that can't see or change instances is not. */
  #health(): { readonly ok: boolean; readonly body: object } {
    const { desired, ready, instances, startedAtMs, stopping } = this.#view.status();
    const { trouble } = this.scaler;
    const body = {
      status: stopping ? 'stopping' : trouble === null ? 'ok' : 'degraded',
      role: this.leadership.leads ? 'leader' : 'follower',
      leader: this.leadership.holder?.address ?? null,
      uptimeSeconds: Math.max(0, Math.floor((Date.now() - startedAtMs) / 1_000)),
      instances: { desired, ready, there: instances.length },
      trouble,
    };
    return { ok: !stopping, body };
  }

  #onDecision(record: DecisionRecord, repeats: number): void {
    this.#counts.record(record);
    if (repeats > 0) return;
    const { id, action, reason, sentence } = record;
    if (action !== 'hold') this.#options.log('info', `scaling: ${sentence}`, { decision: id, action, reason });
    this.#events.emit('event', 'decision', record);
  }

  #subscribe(listener: (event: string, data: object) => void): () => void {
    this.#events.on('event', listener);
    return () => this.#events.off('event', listener);
  }
}
