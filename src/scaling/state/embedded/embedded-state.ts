import * as check from '../arguments.ts';
import { StateError } from '../errors.ts';
import type {
  CallOptions,
  Reservations,
  SharedState,
  StateStatus,
  Unsubscribe,
  Value,
  VersionedRecords,
} from '../shared-state.ts';
import { readJson, readNothing } from './codec.ts';
import { EmbeddedEntries } from './embedded-entries.ts';
import { EmbeddedRecords } from './embedded-records.ts';
import { EmbeddedReservations } from './embedded-reservations.ts';
import { SCAN_KEYS } from './protocol.ts';
import { scan } from './scan.ts';
import type { StoreFigures } from './store/store.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Transport } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

/** The embedded store as its callers see it, wherever it is: checks arguments and turns calls into operations. */
export abstract class EmbeddedState extends EmbeddedEntries implements SharedState {
  readonly driver = 'embedded';
  readonly records: VersionedRecords;
  readonly reservations: Reservations;
  protected readonly subscriptions: Subscriptions;

  constructor(transport: Transport, subscriptions: Subscriptions) {
    super(transport);
    this.subscriptions = subscriptions;
    this.records = new EmbeddedRecords(transport);
    this.reservations = new EmbeddedReservations(transport);
  }

  scan(prefix: string, options?: CallOptions): AsyncIterable<string> {
    return scan(this.transport, SCAN_KEYS, prefix, options);
  }

  publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    return this.transport.call(
      'publish',
      (request) => {
        check.checkName('the channel', channel);
        check.checkValue(message);
        request.text(channel);
        request.value(message);
      },
      readNothing,
      options,
    );
  }

  subscribe(channel: string, listener: (message: Buffer) => void): Promise<Unsubscribe> {
    return this.subscriptions.add(channel, listener);
  }

  async ping(options?: CallOptions): Promise<number> {
    const startMs = performance.now();
    await this.transport.call('ping', () => {}, readNothing, options);
    return performance.now() - startMs;
  }

  /**
   * One operation of a module beside the store. `argument` and the result are JSON.
   * @throws StateModuleError with the module's code; StateError STATE_BAD_ARGUMENT when there is no such module. A lost answer is ambiguous.
   */
  callModule(name: string, operation: string, argument: unknown, options?: CallOptions): Promise<unknown> {
    let json: string;
    try {
      // Before the request is begun: whatever `argument` does when it is turned to JSON, it can't be in the middle of it.
      json = JSON.stringify(argument) ?? '';
    } catch (error) {
      const message = `the argument of ${name}.${operation} can't be JSON: ${(error as Error).message}`;
      return Promise.reject(new StateError('STATE_BAD_ARGUMENT', message, { cause: error }));
    }
    return this.transport.call(
      'callModule',
      (request) => {
        check.checkName('the module', name);
        check.checkName('the operation', operation);
        request.text(name);
        request.text(operation);
        request.text(json);
      },
      readJson,
      options,
    );
  }

  /** How full the store is, and what it had to let go. */
  figures(options?: CallOptions): Promise<StoreFigures> {
    return this.transport.call('figures', () => {}, readJson as (reply: WireReader) => StoreFigures, options);
  }

  abstract status(): StateStatus;
  abstract close(): Promise<void>;
}
