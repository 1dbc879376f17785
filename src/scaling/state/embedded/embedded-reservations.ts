import { checkAmounts, checkKey, checkName } from '../arguments.ts';
import type { Amount, CallOptions, Reservations, ReserveResult } from '../shared-state.ts';
import type { Encode, Transport } from './transport.ts';
import type { WireReader } from './wire-reader.ts';

function readOutcome(reply: WireReader): ReserveResult {
  if (reply.flag()) return { granted: true };
  return { granted: false, name: reply.text(), used: reply.number(), max: reply.number() };
}

function encodeKey(key: string): Encode {
  return (request) => {
    checkKey(key);
    request.text(key);
  };
}

/** Reservations of the embedded store. */
export class EmbeddedReservations implements Reservations {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  reserve(key: string, token: string, amounts: readonly Amount[], options?: CallOptions): Promise<ReserveResult> {
    return this.#transport.call(
      'reserve',
      (request) => {
        checkKey(key);
        checkName('the token', token);
        checkAmounts(amounts);
        request.text(key);
        request.text(token);
        request.size(amounts.length);
        for (const { name, by, max } of amounts) {
          request.text(name);
          request.number(by);
          request.number(max);
        }
      },
      readOutcome,
      options,
    );
  }

  release(key: string, token: string, options?: CallOptions): Promise<boolean> {
    return this.#transport.call(
      'release',
      (request) => {
        checkName('the token', token);
        encodeKey(key)(request);
        request.text(token);
      },
      (reply) => reply.flag(),
      options,
    );
  }

  used(key: string, options?: CallOptions): Promise<Readonly<Record<string, number>>> {
    return this.#transport.call(
      'used',
      encodeKey(key),
      (reply) =>
        Object.fromEntries(Array.from({ length: reply.size() }, () => [reply.text(), reply.number()] as const)),
      options,
    );
  }

  tokens(key: string, options?: CallOptions): Promise<readonly string[]> {
    return this.#transport.call('tokens', encodeKey(key), (reply) => reply.texts(), options);
  }
}
