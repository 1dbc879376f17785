import { expect } from 'chai';
import { StateError, type StateErrorCode } from '../../../src/scaling/state/errors.ts';
import type { SharedState } from '../../../src/scaling/state/shared-state.ts';

/** A store with two connections to it. */
export interface OpenStore {
  readonly state: SharedState;
  /** A second connection; the first one itself, where there can be no other. */
  readonly another: SharedState;
  readonly close: () => Promise<void>;
  /** Each call is done before it returns, in this very process: nothing that comes later can stop it. */
  readonly answersAtOnce?: true;
}

/** What the parts of the contract share: the store under test, which is open while tests run, and keys no other test uses. */
export class ContractContext {
  #open: OpenStore | undefined;
  #keys = 0;

  use(open: OpenStore | undefined): void {
    this.#open = open;
  }

  get state(): SharedState {
    return this.#store.state;
  }

  get another(): SharedState {
    return this.#store.another;
  }

  get answersAtOnce(): boolean {
    return this.#store.answersAtOnce === true;
  }

  key(what = 'key'): string {
    this.#keys++;
    return `contract:${process.pid}:${Date.now().toString(36)}:${this.#keys}:${what}`;
  }

  get #store(): OpenStore {
    if (this.#open === undefined) throw new Error('the store is not open');
    return this.#open;
  }
}

/** The StateError with which a call fails. */
export async function rejection(call: Promise<unknown>, code: StateErrorCode): Promise<StateError> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) expect.fail(`expected ${code}, but the call came about: ${JSON.stringify(outcome.value)}`);
  expect(outcome.error).to.be.an.instanceOf(StateError);
  const error = outcome.error as StateError;
  expect(error.code, error.message).to.equal(code);
  return error;
}

/** What a scan tells, sorted. */
export async function all(scan: AsyncIterable<string>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of scan) keys.push(key);
  return keys.sort();
}

/** Bytes that are no text: all there are, and in an order that is no valid UTF-8. */
export const ALL_BYTES = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 91) % 256));
