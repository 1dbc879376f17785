import type { ScaleTarget, TargetInstance } from '../scale-target.ts';
import { type Container, containersOf } from './container.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import type { ContainerDetail } from './engine-types.ts';
import { OtherHands } from './other-hands.ts';
import { patternOf } from './pattern.ts';
import { planContainers } from './plan.ts';
import { ReplacementPace } from './replacement-pace.ts';

export interface ComposeTargetOptions {
  readonly engine: Engine;
  readonly project: string;
  readonly service: string;
  /** Networks in which the scaler reaches the containers, as the Engine calls them (`project_web`); empty: any of theirs. */
  readonly networks?: readonly string[];
  /** From the stop signal to SIGKILL: longer than the app's own drain. */
  readonly graceMs: number;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
  /** Told of every step and of what went wrong in the background. */
  readonly log: (level: 'info' | 'warn', message: string) => void;
}

const REPLACE_AFTER_MS = 5_000;

/** The containers of one service of a Compose project. */
export class ComposeTarget implements ScaleTarget {
  readonly kind = 'compose';
  readonly #options: ComposeTargetOptions;
  /** Those that leave, until they are gone. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #pace = new ReplacementPace();
  #desired: number | null = null;
  #converging: Promise<void> | null = null;
  #rounds = 0;
  /** When each of those that ended was first seen so. */
  #endedAtMs: ReadonlyMap<string, number> = new Map();
  readonly #hands = new OtherHands();
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
    this.#hands.forget();
  }

  /** How many there are since somebody else made or removed some; null: nobody did since it was asked last. */
  changedByOthers(): number | null {
    return this.#hands.take();
  }

  async instances(): Promise<readonly TargetInstance[]> {
    const round = this.#rounds;
    const containers = await this.#list();
    // What is seen while something is done here may be half of it.
    if (this.#converging === null && round === this.#rounds)
      this.#hands.look(containers, new Set(this.#leaving.keys()));
    return containers
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
    this.#rounds += 1;
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
    const atMs = nowMs();
    const plan = planContainers({ containers, desired, leaving, replaceable: this.#replaceable(containers, atMs) });
    if (plan.discard.length > 0 && plan.create.length > 0) this.#pace.note(atMs);
    if (plan.create.length > 0) await this.#noteOriginal(containers);
    const steps = [
      ...plan.create.map((number) => this.#create(number)),
      ...plan.start.map(({ id }) => engine.start(id)),
      ...plan.discard.map(({ id }) => this.#discard(id)),
    ];
    for (const container of plan.drain) this.#drain(container);
    const failed = (await Promise.allSettled(steps)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }

  async #list(): Promise<readonly Container[]> {
    const { engine, project, service, networks = [] } = this.#options;
    return containersOf(await engine.list(project, service), networks);
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
    this.#hands.note(await engine.run(pattern));
    log('info', `container ${pattern.name} was started`);
  }

  /** Who ended lately keeps the place: Compose stops a container before it removes it, and the Engine may restart it. */
  #replaceable(containers: readonly Container[], nowMs: number): ReadonlySet<string> {
    const ended = containers.filter(({ state }) => state === 'ended').map(({ id }) => id);
    this.#endedAtMs = new Map(ended.map((id) => [id, this.#endedAtMs.get(id) ?? nowMs]));
    if (!this.#pace.allows(nowMs)) return new Set();
    return new Set(ended.filter((id) => nowMs - (this.#endedAtMs.get(id) ?? nowMs) >= REPLACE_AFTER_MS));
  }

  async #discard(id: string): Promise<void> {
    this.#hands.note(id);
    await this.#options.engine.remove(id);
  }

  #drain({ id, name }: Container): void {
    const { engine, graceMs, log } = this.#options;
    this.#hands.note(id);
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
