import type { ClusterStatus } from '../../ipc/status.ts';

/** Asks an instance for its `/cluster/status`. @throws Error that says who did not answer, and how */
export type AskInstance = (host: string) => Promise<ClusterStatus>;

export interface InstanceClientOptions {
  /** Of the control API of every instance. */
  readonly port: number;
  /** A token of role viewer or above. */
  readonly token: string;
  readonly timeoutMs: number;
}

export function instanceClient({ port, token, timeoutMs }: InstanceClientOptions): AskInstance {
  return async (host) => {
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}/cluster/status`;
    const headers: Record<string, string> = token === '' ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    const body = (await answer.json()) as Partial<ClusterStatus>;
    if (!Array.isArray(body.workers) || typeof body.ready !== 'number') {
      throw new Error(`${address} answered something else than a cluster's status`);
    }
    return body as ClusterStatus;
  };
}
