import type { ClusterStatus, WorkerStatus } from '../../src/ipc/status.ts';
import type { Deployment } from '../deployment.ts';
import { until } from '../running.ts';

/** The control API of a running Tidegate. */
export class ControlClient {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Waits until it has said where it listens. */
  static async of(deployment: Deployment): Promise<ControlClient> {
    const url = (): string | undefined => /"controlUrl":"([^"]+)"/.exec(deployment.output)?.[1];
    await until(
      () => `the address of the control API; it said: ${deployment.output}`,
      () => url() !== undefined,
    );
    return new ControlClient(url() as string);
  }

  async scale(instances: number): Promise<void> {
    const body = JSON.stringify({ instances, reason: 'benchmark', force: true });
    const headers = { 'content-type': 'application/json' };
    await this.#ask('/scaling/manual', { method: 'POST', body, headers });
  }

  async workers(): Promise<readonly WorkerStatus[]> {
    return ((await this.#ask('/cluster/status')) as ClusterStatus).workers;
  }

  /** @throws Error for any answer but a good one */
  async #ask(resource: string, init: RequestInit = {}): Promise<unknown> {
    const answer = await fetch(`${this.#url}${resource}`, init);
    if (!answer.ok) throw new Error(`${resource}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
