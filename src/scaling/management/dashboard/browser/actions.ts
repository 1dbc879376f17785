/** The buttons that change something: each asks first, says what came of it, and tells those who may not why. */
import { type Api, RefusalError } from './api.ts';
import { confirmed } from './confirm-dialog.ts';
import {
  type ByHand,
  type Confirmation,
  confirmPause,
  confirmReload,
  confirmReset,
  confirmRestart,
  confirmRestartWorker,
  confirmResume,
  confirmScale,
  confirmSilence,
  confirmStop,
  confirmUnsilence,
} from './confirmation.ts';
import { byId, setText } from './element.ts';
import { showWorkers } from './figures.ts';
import type { LiveCluster } from './live-state.ts';
import { notify } from './notices.ts';
import { markAllowed } from './permission.ts';
import { type Role, whyNot } from './session.ts';

export interface ActionOptions {
  readonly api: Api;
  /** Null: nothing is known of it yet. */
  readonly cluster: () => LiveCluster | null;
  readonly byHand: () => ByHand;
  /** Something was changed. */
  readonly onDone: () => void;
}

type Said = (response: Response) => string | Promise<string>;

const OPERATOR_BUTTONS = [
  'scale-set',
  'fewer',
  'more',
  'reload',
  'restart',
  'pause',
  'resume',
  'stop',
  'silence-set',
] as const;

/** A wish to keep channels from telling of some alerts. */
export interface SilenceWish {
  readonly key: string;
  readonly for: string;
  readonly reason: string;
}

export class Actions {
  readonly #options: ActionOptions;
  #edited = false;

  constructor(options: ActionOptions) {
    this.#options = options;
    const on = (id: string, act: (cluster: LiveCluster) => void): void => {
      byId(id).onclick = () => this.#ifAllowed('operator', act);
    };
    on('fewer', (cluster) => this.#scale(cluster, Math.max(1, cluster.desired - 1)));
    on('more', (cluster) => this.#scale(cluster, cluster.desired + 1));
    on('reload', (cluster) => this.#act(confirmReload(cluster), 'cluster/reload', undefined, lastOutcome));
    on('restart', (cluster) =>
      this.#act(confirmRestart(cluster), 'cluster/restart', undefined, () => 'All workers are new.'),
    );
    on('stop', (cluster) =>
      this.#act(confirmStop(cluster), 'cluster/stop', undefined, () => 'The runtime is stopping.'),
    );
    on('pause', (cluster) =>
      this.#act(confirmPause(cluster), 'scaling/pause', { reason: this.#reason() }, () => 'Scaling is paused.'),
    );
    on('resume', () =>
      this.#act(confirmResume(options.byHand()), 'scaling/resume', undefined, () => 'The scaler decides again.'),
    );
    byId('scale').onsubmit = (event) => {
      event.preventDefault();
      this.#ifAllowed('operator', (cluster) => this.#scale(cluster, Number(byId('instances').value)));
    };
    byId('instances').oninput = () => {
      this.#edited = true;
    };
  }

  /** The field follows the number that is wanted, until somebody types into it. */
  draw({ desired }: LiveCluster): void {
    const field = byId('instances');
    const shown = String(desired);
    if (!this.#edited && field.value !== shown) field.value = shown;
  }

  /** Marks what the reader may not do, and says why; the buttons stay in reach of keyboard and screen reader. */
  drawPermission(): void {
    const reason = this.whyNot();
    for (const id of OPERATOR_BUTTONS) markAllowed(byId(id), reason);
    setText(byId('may-not'), reason ?? '');
  }

  /** @param name null: all */
  resetBreaker(name: string | null): void {
    const body = name === null ? {} : { name };
    this.#ifAllowed('admin', () =>
      this.#act(confirmReset(name), 'api/v1/admin/circuit-breaker/reset', body, () => 'The breaker is closed.'),
    );
  }

  /** Why the reader may not do what takes an operator; null: he may. */
  whyNot(): string | null {
    return whyNot(this.#options.api.session, 'operator');
  }

  restartWorker(workerId: number): void {
    const said = async (response: Response): Promise<string> => {
      const { replacement } = (await response.json()) as { readonly replacement: number };
      return `Worker ${workerId} was replaced by worker ${replacement}.`;
    };
    this.#ifAllowed('operator', () =>
      this.#act(confirmRestartWorker(workerId), `workers/${workerId}/restart`, { reason: this.#reason() }, said),
    );
  }

  /** @param onDone the alerts are silenced */
  silence(wish: SilenceWish, onDone: () => void): void {
    this.#ifAllowed('operator', () =>
      this.#act(confirmSilence(wish.key, wish.for), 'alerts/silences', wish, () => {
        onDone();
        return `${wish.key} is silenced.`;
      }),
    );
  }

  endSilence(id: string, key: string): void {
    this.#ifAllowed('operator', () =>
      this.#act(confirmUnsilence(key), `alerts/silences/${id}`, undefined, () => 'The silence has ended.', 'DELETE'),
    );
  }

  #ifAllowed(role: Role, act: (cluster: LiveCluster) => void): void {
    const reason = whyNot(this.#options.api.session, role);
    const cluster = this.#options.cluster();
    if (reason !== null) notify(reason, true);
    else if (cluster !== null) act(cluster);
  }

  #scale(cluster: LiveCluster, instances: number): void {
    const hold = byId('hold').value;
    const body = { instances, reason: this.#reason(), ...(hold === '' ? {} : { for: hold }) };
    this.#act(confirmScale(cluster, instances, hold), 'scaling/manual', body, () => {
      this.#edited = false;
      byId('reason').value = '';
      return `${showWorkers(instances)} wanted.`;
    });
  }

  #reason(): string {
    return byId('reason').value.trim() || 'dashboard';
  }

  async #act(question: Confirmation, path: string, body: unknown, said: Said, method = 'POST'): Promise<void> {
    if (!(await confirmed(question))) return;
    try {
      notify(await said(await this.#options.api.send(method, path, body === undefined ? {} : { body })));
    } catch (error) {
      notify(
        error instanceof RefusalError || !(error instanceof TypeError)
          ? (error as Error).message
          : 'The control API is not reachable.',
        true,
      );
    } finally {
      this.#options.onDone();
    }
  }
}

/** Follows the progress to its end; its last line has the outcome. */
async function lastOutcome(response: Response): Promise<string> {
  const lines = (await response.text()).trim().split('\n');
  const { outcome, detail } = JSON.parse(lines.at(-1) ?? '{}') as { readonly outcome: string; readonly detail: string };
  if (outcome !== 'done') throw new Error(`The reload has failed: ${detail}`);
  return `The reload is done: ${detail}`;
}
