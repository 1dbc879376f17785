import { StateError } from '../errors.ts';
import type { ModulePublish, StateModule, StateModuleFactory } from './state-module.ts';
import { StateModuleError } from './state-module.ts';

/** The modules of one store, by name. Arguments and results cross as JSON, also within one process: what works here works there. */
export class ModuleTable {
  readonly #modules = new Map<string, StateModule>();

  constructor(factories: readonly StateModuleFactory[], publish: ModulePublish) {
    for (const factory of factories) {
      const module = factory(publish);
      this.#modules.set(module.name, module);
    }
  }

  /** Whether any module wants to be called as time passes. */
  get ticks(): boolean {
    return [...this.#modules.values()].some((module) => module.tick !== undefined);
  }

  /**
   * @throws StateError STATE_BAD_ARGUMENT when there is no such module; what the module throws
   */
  call(name: string, operation: string, argumentJson: string, connectionId: number, nowMs: number): string {
    const module = this.#modules.get(name);
    if (module === undefined) {
      const known = [...this.#modules.keys()].join(', ') || 'none';
      throw new StateError('STATE_BAD_ARGUMENT', `the store has no module ${JSON.stringify(name)}; it has: ${known}`);
    }
    const argument: unknown = argumentJson === '' ? undefined : JSON.parse(argumentJson);
    try {
      return JSON.stringify(module.handle(operation, argument, connectionId, nowMs)) ?? '';
    } catch (error) {
      if (error instanceof StateError || error instanceof StateModuleError) throw error;
      throw new StateModuleError('MODULE_FAILED', `${name}.${operation} failed: ${(error as Error)?.message ?? error}`);
    }
  }

  disconnected(connectionId: number): void {
    for (const module of this.#modules.values()) module.disconnected?.(connectionId);
  }

  tick(nowMs: number): void {
    for (const module of this.#modules.values()) module.tick?.(nowMs);
  }
}
