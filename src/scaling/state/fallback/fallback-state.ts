import { checkName, checkPrefix, checkValue } from '../arguments.ts';
import type {
  CallOptions,
  Reservations,
  SharedState,
  StateStatus,
  Unsubscribe,
  Value,
  VersionedRecords,
} from '../shared-state.ts';
import { Channels } from './channels.ts';
import { systemClock } from './clock.ts';
import { DegradedRecords } from './degraded-records.ts';
import { Deletions } from './deletions.ts';
import { Sender } from './envelope.ts';
import { FallbackEntries, type Stores } from './fallback-entries.ts';
import { FallbackRecords } from './fallback-records.ts';
import { FallbackReservations } from './fallback-reservations.ts';
import { HealthyRecords } from './healthy-records.ts';
import { Marks, OWN_PREFIX } from './marks.ts';
import type { FallbackOptions } from './options.ts';
import type { OwedCopies } from './owed-copies.ts';
import { RecordCopies, transferMs } from './record-copies.ts';
import { RecordInquiry } from './record-inquiry.ts';
import { scanBoth } from './scan.ts';
import { Shadow } from './shadow.ts';
import { SwitchOver } from './switch-over.ts';
import { WriteBack } from './write-back.ts';
import { WriteBackSchedule } from './write-back-schedule.ts';

/**
 * Redis with the embedded store behind it: when Redis fails, or doesn't answer within `detectMs`, the embedded store answers instead, from
 * the failed call on; nobody gets Redis's error. While degraded only probes ask Redis. Records are in both stores always and what was written to
 * them while Redis was away is written back by version; other entries are of each store alone. docs/STATE-PROMISES.md has the table.
 *
 * In a Cluster one master that fails degrades all keys, not only its own: a failover takes seconds, and one rule for the whole keyspace is
 * one a user can know.
 */
export class FallbackState extends FallbackEntries implements SharedState {
  readonly driver = 'fallback';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  protected readonly stores: Stores;
  readonly #switch: SwitchOver;
  readonly #channels: Channels;
  readonly #schedule: WriteBackSchedule;
  readonly #owed: OwedCopies;
  readonly #sender = new Sender();
  readonly #log: (message: string) => void;
  #unmarked = 0;

  constructor(options: FallbackOptions) {
    super();
    const { primary, embedded, probeIntervalMs, detectMs, now = Date.now, clock = systemClock } = options;
    const { log = () => {}, onChange = () => {} } = options;
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
    const inquiry = new RecordInquiry(primary, copies, marks, clock);
    this.records = new FallbackRecords(options, this.#switch, copies, healthy, degraded, inquiry);
    this.reservations = new FallbackReservations(options, this.#switch, shadow, marks, onUnmarked);
    const writeBack = new WriteBack(primary, embedded, guard, marks, copies);
    const deletions = new Deletions(options, this.#switch, shadow, marks, onUnmarked);
    this.stores = { primary, embedded, switchOver: this.#switch, deletions };
    this.#schedule = new WriteBackSchedule(writeBack, clock, now, log);
  }

  async *scan(prefix: string, options?: CallOptions): AsyncGenerator<string> {
    checkPrefix(prefix);
    this.checkOpen('scan');
    const { primary, embedded } = this.stores;
    const keys = scanBoth(
      this.#switch.guard,
      () => primary.scan(prefix, options),
      () => embedded.scan(prefix, options),
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
    return this.either('publish', options, (store) => store.publish(channel, sealed), transferMs(sealed.length));
  }

  async subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    checkName('the channel', channel);
    this.checkOpen('subscribe');
    return this.#channels.subscribe(channel, listener);
  }

  async ping(options?: CallOptions): Promise<number> {
    return this.either('ping', options, (store) => store.ping());
  }

  status(): StateStatus {
    const { degraded } = this.#switch;
    const redis = this.stores.primary.status();
    const embedded = this.stores.embedded.status();
    return {
      driver: this.driver,
      connected: !this.isClosed && (degraded === null ? redis : embedded).connected,
      degradedSinceMs: degraded?.since ?? null,
      reason: degraded === null ? null : `the embedded store stands in for Redis: ${degraded.reason}`,
      detail: { redis, embedded, writeBack: this.#schedule.status, unmarkedChanges: this.#unmarked },
    };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#schedule.end();
    this.#owed.end();
    this.#switch.close();
    await Promise.all([this.stores.primary.close(), this.stores.embedded.close()]);
  }

  /** The change itself is done; only Redis will not be told of it, unless it is a record that somebody reads here. */
  #unmarkedChange(error: unknown): void {
    this.#unmarked += 1;
    if (this.#unmarked === 1) this.#log(`Redis may not be told of a change it misses: ${(error as Error).message}`);
  }

  #returned(): void {
    this.stores.deletions.forget();
    this.#log('Redis is back');
    this.#schedule.now();
    void this.#channels
      .resubscribe()
      .catch((error) => this.#log(`subscriptions on Redis: ${(error as Error).message}`));
  }
}
