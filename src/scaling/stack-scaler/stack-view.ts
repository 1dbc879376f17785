import type { ClusterStatus } from '../../ipc/status.ts';
import type { ScaleTarget } from '../targets/scale-target.ts';
import type { AskInstance } from './instance-client.ts';
import { type InstanceReport, InstanceView } from './instance-view.ts';

/** The status of a cluster whose workers are instances. */
export interface StackStatus extends ClusterStatus {
  readonly instances: readonly InstanceReport[];
}

export interface StackViewOptions {
  readonly name: string;
  readonly target: ScaleTarget;
  readonly ask: AskInstance;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** All instances of a stack, as last seen. */
export class StackView {
  readonly #options: StackViewOptions;
  readonly #startedAtMs: number;
  readonly #views = new Map<string, InstanceView>();
  #lastId = 0;
  /** Wanted, as the one who decides said last; null: nobody has. */
  desired: number | null = null;
  stopping = false;

  constructor(options: StackViewOptions) {
    this.#options = options;
    this.#startedAtMs = options.nowMs();
  }

  /** One look at the target and at every instance. @throws what the target throws; an instance that is silent is no error */
  async refresh(): Promise<void> {
    const { target, ask, nowMs } = this.#options;
    const instances = await target.instances();
    const present = new Set(instances.map(({ id }) => id));
    for (const id of this.#views.keys()) if (!present.has(id)) this.#views.delete(id);
    await Promise.all(
      instances.map(async (instance) => {
        const view = this.#views.get(instance.id) ?? new InstanceView(++this.#lastId, instance, nowMs());
        this.#views.set(instance.id, view);
        view.see(instance);
        if (instance.host === null) return view.silent('it has no address yet');
        await ask(instance.host)
          .then((status) => view.told(status, nowMs()))
          // One that tells nonsense, such as another version's words, must not hide the others.
          .catch((error: Error) => view.silent(error.message));
      }),
    );
  }

  /** Instances that are there and not on their way out. */
  get staying(): number {
    return [...this.#views.values()].filter((view) => view.report().phase !== 'draining').length;
  }

  status(): StackStatus {
    const views = [...this.#views.values()].sort((left, right) => left.report().number - right.report().number);
    const ready = views.filter((view) => view.ready).length;
    return {
      name: this.#options.name,
      script: `${this.#options.target.kind} ${this.#options.name}`,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      generation: 0,
      desired: this.desired ?? this.staying,
      ready,
      stopping: this.stopping,
      addresses: [],
      workers: views.map((view) => view.worker()),
      receipts: views.flatMap((view) => view.report().status?.receipts ?? []),
      reload: null,
      crashLoop: { frozen: false, failedStarts: 0, lastHealthyCount: ready, lastFailure: null },
      instances: views.map((view) => view.report()),
    };
  }
}
