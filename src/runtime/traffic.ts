import { randomBytes } from 'node:crypto';
import { effectiveAlgorithm } from '../../config/effective-algorithm.ts';
import type { Config, LbAlgorithm } from '../../config/schema.ts';
import { ConnectionAcceptor } from '../cluster/connection-acceptor.ts';
import { ConnectionBalancer } from '../cluster/connection-balancer.ts';
import { ConnectionDispatcher } from '../cluster/connection-dispatcher.ts';
import type { Gateway } from '../cluster/gateway.ts';
import type { InheritedSockets } from '../cluster/inherited-sockets.ts';
import { WorkerBreakers } from '../cluster/worker-breakers.ts';
import { WorkerPool } from '../cluster/worker-pool.ts';
import { NetworkList } from '../ipc/network-list.ts';
import { createPolicy } from '../scaling/balancing/registry.ts';
import type { StateSettings } from '../scaling/state/settings.ts';
import type { Ticker } from '../scaling/ticker.ts';
import { BalanceLoop } from './balance-loop.ts';
import { createGateway } from './gateway.ts';
import type { Journal } from './journal.ts';

/** Policies by which a client keeps its worker: evening out would take it from there. */
const AFFINE: ReadonlySet<LbAlgorithm> = new Set(['ip-hash', 'consistent-hash']);

/** How connections get to workers, by the configuration: builds the parts and wires them. */
export class Traffic {
  readonly algorithm: LbAlgorithm;
  readonly accept: 'shared' | 'hand-over';
  /** Whether keep-alive connections move between workers. */
  readonly moves: boolean;
  /** Signs what the gateway says of clients; null: there is no gateway. */
  readonly clientKey: string | null;
  readonly pool = new WorkerPool();
  readonly gateway: Gateway | null;
  readonly dispatcher: ConnectionDispatcher;
  readonly acceptor: ConnectionAcceptor;
  readonly balancer: ConnectionBalancer;
  readonly breakers: WorkerBreakers;
  readonly #loop: BalanceLoop;

  /** @throws GatewayOptionError for a certificate that can't be used */
  constructor(options: {
    readonly config: Config;
    /** Of the unix sockets on which workers take the gateway's connections. */
    readonly entrances: string;
    /** What the gateway counts rate limits in; null: nothing. */
    readonly state: StateSettings | null;
    readonly inherited: InheritedSockets;
    readonly ticker: Ticker;
    readonly journal: Journal;
  }) {
    const { config, entrances, state, inherited, ticker, journal } = options;
    const { pool } = this;
    this.algorithm = effectiveAlgorithm(config);
    this.accept = this.algorithm === 'adaptive' ? 'shared' : 'hand-over';
    this.moves = config.loadBalancerEnabled && config.connectionMoves && !AFFINE.has(this.algorithm);
    const clientKey = randomBytes(24).toString('hex');
    this.gateway = createGateway(config, this.algorithm, clientKey, state, journal.write);
    this.clientKey = this.gateway === null ? null : clientKey;
    this.dispatcher = new ConnectionDispatcher({
      pool,
      // Under shared accept the policy places the connections that workers give away.
      policy: createPolicy(this.algorithm === 'adaptive' ? 'least-connections' : this.algorithm),
      random: Math.random,
      onActivity: () => this.wake(),
    });
    this.acceptor = new ConnectionAcceptor({
      dispatcher: this.dispatcher,
      handOver: this.accept === 'hand-over',
      gateway: this.gateway,
      entrances,
      inherited,
      proxies: config.proxyProtocolFrom.length === 0 ? null : new NetworkList(config.proxyProtocolFrom),
    });
    this.balancer = new ConnectionBalancer({ pool, shared: this.accept === 'shared', moves: this.moves });
    this.#loop = new BalanceLoop(ticker, this.dispatcher, this.balancer);
    this.breakers = new WorkerBreakers(pool, ({ id }, state) =>
      journal.write(state === 'open' ? 'error' : 'info', `the breaker of worker ${id} is ${state}`, { state }),
    );
  }

  /** Connections come, go or are used: there is something to even out. */
  wake(): void {
    this.#loop.wake();
  }
}
