import type { ScaleTarget, TargetInstance } from '../scale-target.ts';
import { type Container, containersOf } from './container.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import type { ContainerDetail } from './engine-types.ts';
import { patternOf } from './pattern.ts';
import { planContainers } from './plan.ts';
import { ReplacementPace } from './replacement-pace.ts';

export interface ComposeTargetOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  /** Network in which the scaler reaches the containers, as the Engine calls it (`project_web`); null: they are in one only. */
  readonly network?: string | null;
  /** From the stop signal to SIGKILL: longer than the app's own drain. */
  readonly graceMs: number;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
  /** Told of every step and of what went wrong in the background. */
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

/** The containers of one service of a Compose project. */
export class ComposeTarget implements ScaleTarget {
  readonly kind = 'compose';
  readonly #options: ComposeTargetOptions;
  /** Those that leave, until they are gone. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #pace = new ReplacementPace();
  #desired: number | null = null;
  #converging: Promise<void> | null = null;
  /** The last container that was seen, should all be removed. */
  #original: ContainerDetail | null = null;

  constructor(options: ComposeTargetOptions) {
    this.#options = options;
  }

  reconcile(desired: number): void {
    this.#desired = desired;
  }

  /** Whoever leads no more leaves the number to the one who does; what leaves goes on leaving. */
  release(): void {
    this.#desired = null;
  }

  async instances(): Promise<readonly TargetInstance[]> {
    return (await this.#list())
      .filter(({ state }) => state !== 'ended')
      .map((container) => ({
        id: container.id,
        name: container.name,
        number: container.number,
        phase: this.#phaseOf(container),
        host: container.address,
        startedAtMs: container.createdAtMs,
      }));
  }

  /** One at a time: a call while another is under way waits for that one. */
  converge(): Promise<void> {
    this.#converging ??= this.#converge().finally(() => {
      this.#converging = null;
    });
    return this.#converging;
  }

  /** Resolves when everybody who was told to leave is gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#leaving.values());
  }

  async #converge(): Promise<void> {
    if (this.#desired === null) return;
    const { engine, nowMs } = this.#options;
    const containers = await this.#list();
    const desired = this.#desired;
    if (desired === null) return; // released while the Engine was asked
    const leaving = new Set(this.#leaving.keys());
    const plan = planContainers({ containers, desired, leaving, replace: this.#pace.allows(nowMs()) });
    if (plan.discard.length > 0 && plan.create.length > 0) this.#pace.note(nowMs());
    if (plan.create.length > 0) await this.#noteOriginal(containers);
    const steps = [
      ...plan.create.map((number) => this.#create(number)),
      ...plan.start.map(({ id }) => engine.start(id)),
      ...plan.discard.map(({ id }) => engine.remove(id)),
    ];
    for (const container of plan.drain) this.#drain(container);
    const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  async #list(): Promise<readonly Container[]> {
    const { engine, project, service, network = null } = this.#options;
    return containersOf(await engine.list(project, service), network);
  }

  #phaseOf({ id, state, healthy }: Container): TargetInstance['phase'] {
    if (this.#leaving.has(id)) return 'draining';
    return state === 'up' && healthy ? 'running' : 'starting';
  }

  /** The newest that runs is what Compose made last. */
  async #noteOriginal(containers: readonly Container[]): Promise<void> {
    const newest = containers.toSorted(
      (left, right) =>
        Number(right.state === 'up') - Number(left.state === 'up') || right.createdAtMs - left.createdAtMs,
    )[0];
    if (newest !== undefined) this.#original = await this.#options.engine.inspect(newest.id);
    if (this.#original !== null) return;
    const { project, service } = this.#options;
    const message = `${project} has no container of ${service} to make others by: start it once with docker compose up ${service}`;
    throw new EngineError('SERVICE_UNKNOWN', message);
  }

  async #create(number: number): Promise<void> {
    const { engine, log } = this.#options;
    const pattern = patternOf(this.#original as ContainerDetail, number);
    await engine.run(pattern);
    log('info', `container ${pattern.name} was started`);
  }

  #drain({ id, name }: Container): void {
    const { engine, graceMs, log } = this.#options;
    log('info', `container ${name} is told to leave`);
    const gone = engine
      .stop(id, graceMs)
      .then(() => engine.remove(id))
      .then(
        () => log('info', `container ${name} is gone`),
        // It is tried again: then the container counts as one too many once more.
        (error: Error) => log('warn', `container ${name}: ${error.message}`),
      )
      .finally(() => this.#leaving.delete(id));
    this.#leaving.set(id, gone);
  }
}
