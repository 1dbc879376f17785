import { EventEmitter } from 'node:events';
import type { EventSource } from '../scaling/management/services.ts';

/** Events of the runtime for whoever watches: `sample`, `decision`, `worker`, `alert`. */
export class RuntimeEvents implements EventSource {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /** Whether anybody watches: samples are made only then. */
  get watched(): boolean {
    return this.#emitter.listenerCount('event') > 0;
  }

  emit(event: string, data: object): void {
    this.#emitter.emit('event', event, data);
  }

  subscribe(listener: (event: string, data: object) => void): () => void {
    this.#emitter.on('event', listener);
    return () => this.#emitter.off('event', listener);
  }
}
