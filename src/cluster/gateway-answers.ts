/** Answers that are awaited of several processes: a question is settled when each has answered, ended, or taken too long. */
export class GatewayAnswers<Process> {
  readonly #limitMs: number;
  readonly #open = new Map<number, { readonly awaited: Set<Process>; readonly settle: () => void }>();
  #next = 1;

  /** @param limitMs after this, who has not answered is not waited for */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** @returns the number that answers name, and what resolves with the last of them */
  ask(processes: Iterable<Process>): { readonly request: number; readonly answered: Promise<void> } {
    const request = this.#next++;
    const awaited = new Set(processes);
    if (awaited.size === 0) return { request, answered: Promise.resolve() };
    const answered = new Promise<void>((resolve) => {
      const late = setTimeout(() => this.#settle(request), this.#limitMs).unref();
      const settle = (): void => {
        clearTimeout(late);
        resolve();
      };
      this.#open.set(request, { awaited, settle });
    });
    return { request, answered };
  }

  answered(request: number, process: Process): void {
    const question = this.#open.get(request);
    if (question?.awaited.delete(process) && question.awaited.size === 0) this.#settle(request);
  }

  /** It has ended: it sends nothing more to anybody. */
  gone(process: Process): void {
    for (const request of [...this.#open.keys()]) this.answered(request, process);
  }

  #settle(request: number): void {
    this.#open.get(request)?.settle();
    this.#open.delete(request);
  }
}
