import { checkKey, checkName, checkNames, checkPrefix, checkValue } from '../arguments.ts';
import { StateError } from '../errors.ts';
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
import { withinDeadline } from './caller-deadline.ts';
import { Channels } from './channels.ts';
import { type FallbackClock, systemClock } from './clock.ts';
import { DegradedRecords } from './degraded-records.ts';
import { Deletions, manyMs } from './deletions.ts';
import { Sender } from './envelope.ts';
import { FallbackRecords } from './fallback-records.ts';
import { FallbackReservations } from './fallback-reservations.ts';
import { HealthyRecords } from './healthy-records.ts';
import { Marks, OWN_PREFIX } from './marks.ts';
import type { OwedCopies } from './owed-copies.ts';
import { RecordCopies, transferMs } from './record-copies.ts';
import { scanBoth } from './scan.ts';
import { Shadow } from './shadow.ts';
import { type Degraded, SwitchOver } from './switch-over.ts';
import { WriteBack } from './write-back.ts';
import { WriteBackSchedule } from './write-back-schedule.ts';

/**
 * How long a call may wait before Redis counts as hung. A healthy Redis answers within some milliseconds, and within 100 to 200 when it forks
 * or runs a slow command; taking that for an outage would cost the machines their coordination. Each call that waits when a real one
 * begins pays this once.
 */
export const DEFAULT_DETECT_MS = 250;
/** How often Redis is asked whether it is there; it is back two good probes after it is. */
export const DEFAULT_PROBE_INTERVAL_MS = 500;

export interface FallbackOptions {
  /** Redis. Both stores are closed with this one. */
  readonly primary: SharedState;
  /** The store that all workers of this machine share. */
  readonly embedded: SharedState;
  readonly probeIntervalMs: number;
  readonly detectMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log?: (message: string) => void;
  /** Once per change: since when and why the embedded store stands in; null: Redis is back. */
  readonly onChange?: (degraded: Degraded | null) => void;
  /** Tests pass their own. */
  readonly clock?: FallbackClock;
}

/**
 * Redis with the embedded store behind it: when Redis fails, or doesn't answer within `detectMs`, the embedded store answers instead, from
 * the failed call on; nobody gets Redis's error. While degraded only probes ask Redis. Records are in both stores always and what was written to
 * them while Redis was away is written back by version; other entries are of each store alone. docs/STATE-PROMISES.md has the table.
 *
 * In a Cluster one master that fails degrades all keys, not only its own: a failover takes seconds, and one rule for the whole keyspace is
 * one a user can know.
 */
export class FallbackState implements SharedState {
  readonly driver = 'fallback';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  readonly #primary: SharedState;
  readonly #embedded: SharedState;
  readonly #switch: SwitchOver;
  readonly #deletions: Deletions;
  readonly #channels: Channels;
  readonly #schedule: WriteBackSchedule;
  readonly #owed: OwedCopies;
  readonly #sender = new Sender();
  readonly #log: (message: string) => void;
  #unmarked = 0;
  #closed = false;

  constructor(options: FallbackOptions) {
    const { primary, embedded, probeIntervalMs, detectMs, now = Date.now, clock = systemClock } = options;
    const { log = () => {}, onChange = () => {} } = options;
    this.#primary = primary;
    this.#embedded = embedded;
    this.#log = log;
    const shadow = new Shadow(detectMs, clock, log);
    const marks = new Marks(embedded);
    this.#switch = new SwitchOver({
      primary,
      detectMs,
      probeIntervalMs,
      clock,
      now,
      onChange: (degraded) => {
        if (degraded === null) this.#returned();
        else log(`the embedded store stands in for Redis: ${degraded.reason}`);
        try {
          onChange(degraded);
        } catch (error) {
          // Somebody else's listener must not fail the call that happened to notice.
          log(`onChange: ${(error as Error).message}`);
        }
      },
    });
    const { guard } = this.#switch;
    this.#channels = new Channels(primary, embedded, guard);
    const onUnmarked = (error: unknown): void => this.#unmarkedChange(error);
    const copies = new RecordCopies(primary, embedded, guard, shadow, clock);
    this.#owed = copies.owed;
    const healthy = new HealthyRecords(primary, embedded, guard, shadow, copies);
    const degraded = new DegradedRecords(embedded, marks, onUnmarked);
    this.records = new FallbackRecords(options, this.#switch, copies, healthy, degraded);
    this.reservations = new FallbackReservations(options, this.#switch, shadow, marks, onUnmarked);
    const writeBack = new WriteBack(primary, embedded, guard, marks, copies);
    this.#deletions = new Deletions(options, this.#switch, shadow, marks, onUnmarked);
    this.#schedule = new WriteBackSchedule(writeBack, clock, now, log);
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.#either('get', options, (store) => store.get(key));
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    return this.#either('getMany', options, (store) => store.getMany(keys), manyMs(keys));
  }

  async set(key: string, value: Value, options?: KeepOptions): Promise<void> {
    checkValue(value);
    const keep = keepOf(options);
    return this.#either('set', options, (store) => store.set(key, value, keep), transferMs(value.length));
  }

  add(key: string, value: Value, options?: KeepOptions): Promise<boolean> {
    const keep = keepOf(options);
    return this.#either('add', options, (store) => store.add(key, value, keep));
  }

  async deleteIfEqual(key: string, value: Value, options: CallOptions = {}): Promise<boolean> {
    checkKey(key);
    checkValue(value);
    return this.#call('deleteIfEqual', options, () => this.#deletions.deleteIfEqual(key, value));
  }

  async delete(keys: readonly string[], options: CallOptions = {}): Promise<number> {
    checkNames('key', keys);
    return this.#call('delete', options, () => this.#deletions.delete(keys));
  }

  expire(key: string, ttlMs: number, options?: CallOptions): Promise<boolean> {
    return this.#either('expire', options, (store) => store.expire(key, ttlMs));
  }

  increment(key: string, by: number, ttlMs: number, options?: CallOptions): Promise<Count> {
    return this.#either('increment', options, (store) => store.increment(key, by, ttlMs));
  }

  count(key: string, options?: CallOptions): Promise<Count | undefined> {
    return this.#either('count', options, (store) => store.count(key));
  }

  hashSet(key: string, fields: Readonly<Record<string, Value>>, options?: KeepOptions): Promise<void> {
    const keep = keepOf(options);
    return this.#either('hashSet', options, (store) => store.hashSet(key, fields, keep));
  }

  hashGetAll(key: string, options?: CallOptions): Promise<Readonly<Record<string, Buffer>>> {
    return this.#either('hashGetAll', options, (store) => store.hashGetAll(key));
  }

  hashDelete(key: string, fields: readonly string[], options?: CallOptions): Promise<number> {
    return this.#either('hashDelete', options, (store) => store.hashDelete(key, fields));
  }

  hashIncrement(key: string, field: string, by: number, options?: CallOptions): Promise<number> {
    return this.#either('hashIncrement', options, (store) => store.hashIncrement(key, field, by));
  }

  setAdd(key: string, members: readonly string[], options?: KeepOptions): Promise<number> {
    const keep = keepOf(options);
    return this.#either('setAdd', options, (store) => store.setAdd(key, members, keep));
  }

  setRemove(key: string, members: readonly string[], options?: CallOptions): Promise<number> {
    return this.#either('setRemove', options, (store) => store.setRemove(key, members));
  }

  setMembers(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#either('setMembers', options, (store) => store.setMembers(key));
  }

  async *scan(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    checkPrefix(prefix);
    this.#checkOpen('scan');
    const keys = scanBoth(
      this.#switch.guard,
      () => this.#primary.scan(prefix, options),
      () => this.#embedded.scan(prefix, options),
      'failed',
    );
    for await (const key of keys) {
      if (!key.startsWith(OWN_PREFIX)) yield key;
    }
  }

  async publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    checkName('the channel', channel);
    checkValue(message);
    const sealed = this.#sender.seal(message);
    return this.#either('publish', options, (store) => store.publish(channel, sealed), transferMs(sealed.length));
  }

  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    checkName('the channel', channel);
    this.#checkOpen('subscribe');
    return this.#channels.subscribe(channel, listener);
  }

  async ping(options?: CallOptions): Promise<number> {
    return this.#either('ping', options, (store) => store.ping());
  }

  status(): StateStatus {
    const { degraded } = this.#switch;
    const redis = this.#primary.status();
    const embedded = this.#embedded.status();
    return {
      driver: this.driver,
      connected: !this.#closed && (degraded === null ? redis : embedded).connected,
      degradedSinceMs: degraded?.since ?? null,
      reason: degraded === null ? null : `the embedded store stands in for Redis: ${degraded.reason}`,
      detail: { redis, embedded, writeBack: this.#schedule.status, unmarkedChanges: this.#unmarked },
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#schedule.end();
    this.#owed.end();
    this.#switch.close();
    await Promise.all([this.#primary.close(), this.#embedded.close()]);
  }

  #either<T>(
    name: string,
    options: CallOptions = {},
    call: (store: SharedState) => Promise<T>,
    extraMs = 0,
  ): Promise<T> {
    return this.#call(name, options, () =>
      this.#switch.either(
        () => this.#switch.guard.run(() => call(this.#primary), extraMs),
        () => call(this.#embedded),
      ),
    );
  }

  async #call<T>(name: string, options: CallOptions, call: () => Promise<T>): Promise<T> {
    this.#checkOpen(name);
    return withinDeadline(name, options, call);
  }

  #checkOpen(name: string): void {
    if (this.#closed) throw new StateError('STATE_CLOSED', `${name}: the shared state was closed`);
  }

  /** The change itself is done; only Redis will not be told of it, unless it is a record that somebody reads here. */
  #unmarkedChange(error: unknown): void {
    this.#unmarked += 1;
    if (this.#unmarked === 1) this.#log(`Redis may not be told of a change it misses: ${(error as Error).message}`);
  }

  #returned(): void {
    this.#deletions.forget();
    this.#log('Redis is back');
    this.#schedule.now();
    void this.#channels
      .resubscribe()
      .catch((error) => this.#log(`subscriptions on Redis: ${(error as Error).message}`));
  }
}

function keepOf(options: KeepOptions | undefined): KeepOptions {
  return options?.ttlMs === undefined ? {} : { ttlMs: options.ttlMs };
}
