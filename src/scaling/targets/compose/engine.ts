import { EngineClient } from './engine-client.ts';
import { EngineError } from './engine-error.ts';
import { type ContainerDetail, type ContainerSummary, LABEL } from './engine-types.ts';
import type { Pattern } from './pattern.ts';

/** Longest wait for an answer that needs no container to do something. */
const CALL_TIMEOUT_MS = 10_000;
/** The Engine's own time to start a container. */
const START_TIMEOUT_MS = 60_000;

/** The Docker Engine, as far as scaling a service needs it. Every method throws EngineErrors. */
export class Engine {
  readonly #client: EngineClient;

  constructor(socketPath: string) {
    this.#client = new EngineClient(socketPath);
  }

  /** All containers of a service, whatever their state. */
  async list(project: string, service: string): Promise<readonly ContainerSummary[]> {
    const filters = JSON.stringify({ label: [`${LABEL.project}=${project}`, `${LABEL.service}=${service}`] });
    const path = `/containers/json?all=true&filters=${encodeURIComponent(filters)}`;
    const answer = await this.#client.call({ method: 'GET', path, timeoutMs: CALL_TIMEOUT_MS });
    if (!Array.isArray(answer)) throw new EngineError('ENGINE_BAD_ANSWER', `GET ${path}: a list was expected`);
    return answer as readonly ContainerSummary[];
  }

  async inspect(id: string): Promise<ContainerDetail> {
    const path = `/containers/${encodeURIComponent(id)}/json`;
    return (await this.#client.call({ method: 'GET', path, timeoutMs: CALL_TIMEOUT_MS })) as ContainerDetail;
  }

  /** A container by id or name; null: there is none. */
  async find(idOrName: string): Promise<ContainerDetail | null> {
    return this.inspect(idOrName).catch((error: unknown) => {
      if (error instanceof EngineError && error.status === 404) return null;
      throw error;
    });
  }

  /** Makes a container, connects it to its networks and starts it; what could not be started is removed again. */
  async run({ name, spec, furtherNetworks }: Pattern): Promise<string> {
    const path = `/containers/create?name=${encodeURIComponent(name)}`;
    const made = await this.#client.call({ method: 'POST', path, body: spec, timeoutMs: CALL_TIMEOUT_MS });
    const { Id } = made as { Id: string };
    try {
      for (const [network, endpoint] of furtherNetworks) {
        await this.#client.call({
          method: 'POST',
          path: `/networks/${encodeURIComponent(network)}/connect`,
          body: { Container: Id, EndpointConfig: endpoint },
          timeoutMs: CALL_TIMEOUT_MS,
        });
      }
      await this.start(Id);
    } catch (error) {
      await this.remove(Id).catch(() => {}); // the first error says more
      throw error;
    }
    return Id;
  }

  async start(id: string): Promise<void> {
    await this.#client.call({ method: 'POST', path: `/containers/${id}/start`, timeoutMs: START_TIMEOUT_MS });
  }

  /** The stop signal, and SIGKILL after the grace; resolves when the container has ended. */
  async stop(id: string, graceMs: number): Promise<void> {
    const seconds = Math.ceil(graceMs / 1_000);
    const path = `/containers/${id}/stop?t=${seconds}`;
    await this.#client.call({ method: 'POST', path, timeoutMs: (seconds + 30) * 1_000 });
  }

  /** Without effect when it is gone already, or going. Volumes that are its own go with it. */
  async remove(id: string): Promise<void> {
    const path = `/containers/${id}?v=true&force=true`;
    await this.#client.call({ method: 'DELETE', path, timeoutMs: START_TIMEOUT_MS }).catch((error: unknown) => {
      const status = error instanceof EngineError ? error.status : null;
      if (status !== 404 && status !== 409) throw error;
    });
  }

  close(): void {
    this.#client.close();
  }
}
