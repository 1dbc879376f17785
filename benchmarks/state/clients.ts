import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Task, TaskResult } from './client-process.ts';

const CLIENT = fileURLToPath(new URL('./client-process.js', import.meta.url));

/** Several client processes that do the same at once. */
export class Clients {
  readonly #children: readonly ChildProcess[];

  constructor(count: number) {
    this.#children = Array.from({ length: count }, () => fork(CLIENT));
  }

  /** @throws Error when one of them fails */
  run(task: Task): Promise<TaskResult[]> {
    return Promise.all(
      this.#children.map(async (child) => {
        child.send(task);
        const [answer] = (await once(child, 'message')) as [{ result?: TaskResult; error?: string }];
        if (answer.result === undefined) throw new Error(`a client of ${task.target.client} failed: ${answer.error}`);
        return answer.result;
      }),
    );
  }

  end(): void {
    for (const child of this.#children) if (child.connected) child.disconnect();
  }
}
