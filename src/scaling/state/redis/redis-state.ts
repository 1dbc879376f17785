import { checkName, checkPrefix, checkValue } from '../arguments.ts';
import type { RedisNode, RedisSettings } from '../settings.ts';
import type {
  CallOptions,
  Count,
  KeepOptions,
  Reservations,
  SharedState,
  StateStatus,
  Unsubscribe,
  Value,
  VersionedRecords,
} from '../shared-state.ts';
import { bytesOf, checkOptions } from './calls.ts';
import { RedisCollections } from './collections.ts';
import { RedisCounts } from './counts.ts';
import { KeyNames } from './key-names.ts';
import { RedisRecords } from './records.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisSubscriber } from './redis-subscriber.ts';
import { RedisReservations } from './reservations.ts';
import { scanNames } from './scan.ts';
import { RedisValues } from './values.ts';

/**
 * The shared state on one Redis or on a Redis Cluster.
 *
 * A call while there is no connection fails at once with STATE_UNAVAILABLE. A command is sent once: when its answer is lost (deadline, broken
 * connection) the error is `ambiguous`, and nothing is repeated behind the caller's back. Redis replicates asynchronously: a failover may lose
 * writes that were acknowledged. With `readReplicas`, `get` and `getMany` in a Cluster may be answered by a replica that is behind; everything
 * else asks the master. A list of keys is done key by key, in a Cluster by several nodes: when it fails, part of it may be done.
 *
 * Its connections keep the process alive, as ioredis's do, until `close`.
 */
export class RedisState implements SharedState {
  readonly driver = 'redis';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  /** For `RedisClusterView`. */
  readonly connection: RedisConnection;
  readonly #names: KeyNames;
  readonly #values: RedisValues;
  readonly #counts: RedisCounts;
  readonly #collections: RedisCollections;
  readonly #subscriber: RedisSubscriber;

  /**
   * Connects to nothing yet.
   * @param random spreads the reconnections of many processes
   * @throws RangeError when the settings name no node
   */
  constructor(settings: RedisSettings, keyPrefix: string, random: () => number = Math.random) {
    const connection = new RedisConnection(settings, random);
    this.connection = connection;
    this.#names = new KeyNames(keyPrefix);
    this.#values = new RedisValues(connection, this.#names);
    this.#counts = new RedisCounts(connection, this.#names);
    this.#collections = new RedisCollections(connection, this.#names);
    this.records = new RedisRecords(connection, this.#names);
    this.reservations = new RedisReservations(connection, this.#names);
    this.#subscriber = new RedisSubscriber(settings, () => nodesToHear(connection), random);
  }

  /** Resolves when it is connected, or when a command's time has passed: a Redis that is down is tried again until it is there. */
  connect(): Promise<void> {
    return this.connection.open(this.connection.settings.commandTimeoutMs);
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.#values.get(key, options);
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.#values.getMany(keys, options);
  }

  set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    return this.#values.set(key, value, options);
  }

  add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    return this.#values.add(key, value, options);
  }

  deleteIfEqual(key: string, value: Value, options?: CallOptions): Promise<boolean> {
    return this.#values.deleteIfEqual(key, value, options);
  }

  delete(keys: readonly string[], options?: CallOptions): Promise<number> {
    return this.#values.delete(keys, options);
  }

  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#values.expire(key, ttlMs, options);
  }

  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    return this.#counts.increment(key, by, ttlMs, options);
  }

  count(key: string, options?: CallOptions): Promise<Count | undefined> {
    return this.#counts.count(key, options);
  }

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    return this.#collections.hashSet(key, fields, options);
  }

  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    return this.#collections.hashGetAll(key, options);
  }

  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.#collections.hashDelete(key, fields, options);
  }

  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    return this.#collections.hashIncrement(key, field, by, options);
  }

  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    return this.#collections.setAdd(key, members, options);
  }

  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.#collections.setRemove(key, members, options);
  }

  setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#collections.setMembers(key, options);
  }

  async *scan(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    checkPrefix(prefix);
    checkOptions(options);
    for await (const name of scanNames(this.connection, this.#names.entry(prefix), undefined, options)) {
      yield this.#names.keyOf(name);
    }
  }

  async publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    checkName('the channel', channel);
    checkValue(message);
    checkOptions(options);
    await this.connection.publish(this.#names.channel(channel), bytesOf(message), options);
  }

  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    checkName('the channel', channel);
    return this.#subscriber.subscribe(this.#names.channel(channel), listener);
  }

  /** To one node. */
  async ping(options?: CallOptions): Promise<number> {
    checkOptions(options);
    const startedMs = performance.now();
    await this.connection.read('ping', [], options);
    return performance.now() - startedMs;
  }

  status(): StateStatus {
    const { connected, lastError, name, settings } = this.connection;
    return {
      driver: this.driver,
      connected,
      degradedSinceMs: null,
      reason: connected ? null : `not connected to Redis ${name}${lastError === null ? '' : `: ${lastError}`}`,
      detail: { mode: settings.cluster ? 'cluster' : 'single', lastError, subscriber: this.#subscriber.status() },
    };
  }

  async close(): Promise<void> {
    this.#subscriber.close();
    this.connection.close();
  }
}

/** Where messages can be heard: the nodes that answer, then those of the settings. */
function nodesToHear(connection: RedisConnection): readonly RedisNode[] {
  if (!connection.settings.cluster) return connection.settings.nodes.slice(0, 1);
  const answering = connection
    .nodes()
    .filter(({ status }) => status === 'ready')
    .map(({ options: { host = '', port = 0 } }) => ({ host, port }));
  return [...answering, ...connection.settings.nodes];
}
