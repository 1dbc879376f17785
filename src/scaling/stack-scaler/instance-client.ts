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
    const answer = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
      throw new Error(`${address} does not answer: ${reasonOf(error, timeoutMs)}`, { cause: error });
    });
    if (!answer.ok) {
      // A body that nobody reads keeps its connection.
      await answer.body?.cancel();
      const remedy =
        answer.status === 401 || answer.status === 403
          ? '; the scaler’s first token must be one that its instances take'
          : '';
      throw new Error(`${address} answered ${answer.status}${remedy}`);
    }
    const body = (await answer.json().catch((error: unknown) => {
      throw new Error(`${address} did not answer to the end, or not in JSON: ${reasonOf(error, timeoutMs)}`, {
        cause: error,
      });
    })) as Partial<ClusterStatus> | null;
    if (body === null || !Array.isArray(body.workers) || typeof body.ready !== 'number') {
      throw new Error(`${address} answered something else than a cluster's status`);
    }
    return body as ClusterStatus;
  };
}

/** fetch itself says no more than that it failed. */
function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `nothing within ${timeoutMs} ms`;
  const { code } = Object(cause) as { code?: unknown };
  return typeof code === 'string' ? code : message;
}
