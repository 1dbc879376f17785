/** A process that does jobs until it is killed. Tells its parent of each attempt it begins and each effect it makes. */
import { commit, jobs, jobsConnection } from '../../../src/scaling/state/jobs/index.ts';
import { StateConnection } from '../../../src/scaling/state/open-state.ts';
import type { StateSettings } from '../../../src/scaling/state/settings.ts';

export interface WorkerOrders {
  readonly settings: StateSettings;
  readonly queue: string;
  readonly concurrency: number;
  readonly leaseMs: number;
}

export type WorkerReport =
  | { readonly type: 'ready' }
  | { readonly type: 'begun'; readonly id: string; readonly token: number; readonly waitedMs: number }
  | { readonly type: 'made'; readonly id: string; readonly mine: boolean };

const { settings, queue, concurrency, leaseMs } = JSON.parse(process.argv[2] ?? '') as WorkerOrders;
const connection = new StateConnection(settings, { beforeOpen: () => {} });

function report(message: WorkerReport): void {
  process.send?.(message);
}

const opened = jobs<{ workMs: number }, string>(jobsConnection(connection), queue);
opened.process(
  async ({ id, data, token, addedAtMs }) => {
    report({ type: 'begun', id, token, waitedMs: Date.now() - addedAtMs });
    await new Promise((resolve) => setTimeout(resolve, data.workMs));
    const { mine } = await commit(connection.state, `${queue}/${id}`, token, { by: process.pid });
    report({ type: 'made', id, mine });
    return id;
  },
  { concurrency, leaseMs },
);
await opened.stats();
report({ type: 'ready' });
