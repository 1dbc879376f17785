import { JobError } from './errors.ts';

/** A worker's hold on a job: over once it wasn't renewed in time, which the job's handler hears by its signal. */
export class Lease {
  readonly #leaseMs: number;
  readonly #name: string;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string, leaseMs: number) {
    this.#name = name;
    this.#leaseMs = leaseMs;
    this.renewed();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get held(): boolean {
    return !this.#controller.signal.aborted;
  }

  renewed(): void {
    if (!this.held) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lose(), this.#leaseMs);
    this.#timer.unref();
  }

  /** Somebody else has the job, or may have it. */
  lose(): void {
    this.#abort(
      new JobError('JOB_LEASE_LOST', `${this.#name} was not renewed within ${this.#leaseMs} ms, or taken back`),
    );
  }

  /** The worker closes. */
  handBack(): void {
    this.#abort(new JobError('JOB_HANDED_BACK', `${this.#name} is handed back, since its worker closes`));
  }

  /** The attempt is over: nothing happens any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #abort(reason: JobError): void {
    clearTimeout(this.#timer);
    this.#controller.abort(reason);
  }
}
