import { FieldTable } from '../wire/field-table.ts';
import { forwardRequest } from '../wire/forward-request.ts';
import { headEnd } from '../wire/head-end.ts';
import { readRequestHead } from '../wire/request-head.ts';
import { Exchange } from './exchange.ts';
import type { ExchangeClient } from './exchange-client.ts';
import type { PendingBytes } from './pending-bytes.ts';

/** One for all: what is read is used up before anything else is. */
const table = new FieldTable();

/** What hashing goes by. */
export interface AffinityKeys {
  /** Undefined when the algorithm needs nothing. */
  affinityKey(table: FieldTable, address: string): string | undefined;
}

/** Makes exchanges of the heads that a client sends. */
export class RequestReader {
  readonly #client: ExchangeClient;
  readonly #pending: PendingBytes;
  readonly #keys: AffinityKeys;
  /** Of what is pending, what was looked through for a head's end. */
  #checked = 0;

  constructor(client: ExchangeClient, pending: PendingBytes, keys: AffinityKeys) {
    this.#client = client;
    this.#pending = pending;
    this.#keys = keys;
  }

  /** Undefined: the next head is not whole. @throws WireError for bytes that are no request */
  next(): Exchange | undefined {
    const { bytes } = this.#pending;
    if (bytes === undefined) return undefined;
    const { context, origin } = this.#client;
    const { maxHeadBytes, viaName } = context.settings;
    const end = headEnd(bytes, this.#checked, maxHeadBytes);
    if (end === -1) {
      this.#checked = bytes.length;
      return undefined;
    }
    this.#checked = 0;
    this.#pending.drop(end);
    const head = readRequestHead(bytes.toString('latin1', 0, end), table);
    const forwarded = forwardRequest(head, table, origin.lines, viaName);
    const key = this.#keys.affinityKey(table, origin.client.address);
    return new Exchange(this.#client, head, forwarded, key, performance.now());
  }
}
