import { StateError } from '../errors.ts';
import { Channels } from './channels.ts';
import { ModuleTable } from './module-table.ts';
import { type Caller, type Parts, PERFORM } from './operations.ts';
import { FAILED, OK, OPERATIONS } from './protocol.ts';
import { StateModuleError, type StateModuleFactory } from './state-module.ts';
import { Store } from './store/store.ts';
import { toStored } from './stored.ts';
import { MalformedFrameError, type WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** How often `tick` wants to be called. */
export const TICK_MS = 100;

/** The store with its channels and modules: answers one request after the other, wherever they come from. No clock, no sockets. */
export class StateCore {
  readonly #parts: Parts;

  /** @throws RangeError for a memory limit below 64 KiB */
  constructor(memoryLimitBytes: number, modules: readonly StateModuleFactory[]) {
    const channels = new Channels();
    this.#parts = {
      store: new Store(memoryLimitBytes),
      channels,
      modules: new ModuleTable(modules, (channel, message) => channels.publish(channel, toStored(message))),
    };
  }

  get store(): Store {
    return this.#parts.store;
  }

  /**
   * Does the request that `request` stands at the id of, and writes a frame with the reply.
   * @throws MalformedFrameError when it is none
   */
  answer(request: WireReader, reply: WireWriter, caller: Caller, nowMs: number): void {
    const id = request.size();
    const code = request.byte();
    const operation = OPERATIONS[code];
    if (operation === undefined) throw new MalformedFrameError(`there is no operation ${code}`);
    if (!caller.greeted && operation !== 'hello') throw new MalformedFrameError(`${operation} before hello`);
    const start = reply.beginFrame();
    reply.size(id);
    reply.byte(OK);
    try {
      PERFORM[operation](this.#parts, request, reply, caller, nowMs);
      request.end();
    } catch (error) {
      reply.truncate(start);
      if (!(error instanceof StateError || error instanceof StateModuleError)) throw error;
      this.#fail(reply, id, error);
      return;
    }
    reply.endFrame(start);
    this.#parts.channels.deliver();
  }

  /** That caller is gone, and its subscriptions with it. */
  forget(caller: Caller): void {
    for (const channel of caller.channels) this.#parts.channels.unsubscribe(channel, caller);
    this.#parts.modules.disconnected(caller.id);
    this.#parts.channels.deliver();
  }

  /** For a call every TICK_MS: expiry bit by bit, and the modules' own. */
  tick(nowMs: number): void {
    this.#parts.store.sweep(nowMs);
    this.#parts.modules.tick(nowMs);
    this.#parts.channels.deliver();
  }

  #fail(reply: WireWriter, id: number, error: StateError | StateModuleError): void {
    const start = reply.beginFrame();
    reply.size(id);
    reply.byte(FAILED);
    reply.flag(error instanceof StateModuleError);
    reply.text(error.code);
    reply.text(error.message);
    reply.endFrame(start);
  }
}
