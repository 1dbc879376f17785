/** A small Docker Engine on a unix socket: containers are entries of a table, and every call is noted. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContainerDetail } from '../../src/scaling/targets/compose/engine-types.ts';

type Send = (status: number, body?: unknown) => void;

export interface FakeContainer {
  readonly id: string;
  name: string;
  state: string;
  status: string;
  createdS: number;
  config: Record<string, unknown> & { Hostname?: string; Labels: Record<string, string> };
  hostConfig: Record<string, unknown>;
  networks: Record<string, { IPAddress: string; Aliases: readonly string[] }>;
}

export class FakeEngine {
  readonly containers = new Map<string, FakeContainer>();
  readonly calls: string[] = [];
  /** Answers of a path that begins so, in place of the usual. */
  readonly refusals = new Map<string, { readonly status: number; readonly message: string }>();
  /** Address of the nth container that is made, in each of its networks. */
  address = (made: number): string => `10.0.0.${made}`;
  /** Called when a container is started and when it has ended. */
  onStart: (container: FakeContainer) => Promise<void> | void = () => {};
  onStop: (container: FakeContainer) => Promise<void> | void = () => {};
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'fake-engine-'));
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #made = 0;

  get socketPath(): string {
    return path.join(this.#directory, 'docker.sock');
  }

  async start(): Promise<void> {
    this.#server.listen(this.socketPath);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A container as Compose would have made it. */
  add(number: number, given: Partial<FakeContainer> = {}): FakeContainer {
    const id = this.#newId();
    const container: FakeContainer = {
      id,
      name: `stack-app-${number}`,
      state: 'running',
      status: 'Up 1 minute (healthy)',
      createdS: 1_700_000_000 + this.#made,
      config: {
        Hostname: id.slice(0, 12),
        Image: 'tidegate:latest',
        Env: ['CLUSTER_ENABLED=false'],
        Labels: {
          'com.docker.compose.project': 'stack',
          'com.docker.compose.service': 'app',
          'com.docker.compose.container-number': String(number),
          'com.docker.compose.oneoff': 'False',
          'com.docker.compose.config-hash': 'c0ffee',
        },
      },
      hostConfig: { NetworkMode: 'stack_front', ReadonlyRootfs: true },
      networks: {
        stack_back: { IPAddress: this.address(this.#made), Aliases: ['app', id.slice(0, 12)] },
        stack_front: { IPAddress: this.address(this.#made), Aliases: ['app', id.slice(0, 12)] },
      },
      ...given,
    };
    this.containers.set(id, container);
    return container;
  }

  /** Numbers of the containers that run. */
  get running(): readonly number[] {
    return [...this.containers.values()]
      .filter(({ state }) => state === 'running')
      .map(numberOf)
      .sort((left, right) => left - right);
  }

  detail(container: FakeContainer): ContainerDetail {
    return {
      Id: container.id,
      Name: `/${container.name}`,
      Config: container.config,
      HostConfig: container.hostConfig,
      NetworkSettings: { Networks: container.networks },
    };
  }

  #newId(): string {
    this.#made += 1;
    return this.#made.toString(16).padStart(4, '0').repeat(16);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://docker');
    let text = '';
    for await (const chunk of request) text += chunk;
    const call = `${request.method} ${url.pathname}`;
    this.calls.push(call + (url.search.includes('filters') ? '' : url.search));
    const send: Send = (status, body) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    for (const [prefix, { status, message }] of this.refusals) {
      if (call.startsWith(prefix)) return send(status, { message });
    }
    const [, , id = '', verb = ''] = url.pathname.split('/');
    if (call === 'GET /containers/json') return send(200, this.#list(url));
    if (call === 'POST /containers/create') return this.#create(url, JSON.parse(text), send);
    if (verb === 'connect') return send(200, this.#connect(id, JSON.parse(text)));
    const container = this.containers.get(id);
    if (container === undefined) return send(404, { message: `No such container: ${id}` });
    if (request.method === 'DELETE') {
      this.containers.delete(id);
      return send(204);
    }
    if (verb === 'json') return send(200, this.detail(container));
    if (verb === 'start') {
      container.state = 'running';
      container.status = 'Up 1 second (healthy)';
      await this.onStart(container);
      return send(204);
    }
    if (verb === 'stop') {
      await this.onStop(container);
      container.state = 'exited';
      return send(204);
    }
    send(404, { message: 'page not found' });
  }

  #list(url: URL): unknown {
    const { label } = JSON.parse(url.searchParams.get('filters') ?? '{"label":[]}') as { label: string[] };
    return [...this.containers.values()]
      .filter(({ config }) => label.every((pair) => config.Labels[pair.split('=')[0] as string] === pair.split('=')[1]))
      .map(({ id, name, state, status, createdS, config, networks }) => ({
        Id: id,
        Names: [`/${name}`],
        State: state,
        Status: status,
        Created: createdS,
        Labels: config.Labels,
        NetworkSettings: { Networks: networks },
      }));
  }

  #create(url: URL, spec: Record<string, unknown>, send: Send): void {
    const name = url.searchParams.get('name') ?? '';
    if ([...this.containers.values()].some((other) => other.name === name)) {
      send(409, { message: `Conflict. The container name "/${name}" is already in use` });
      return;
    }
    const { HostConfig, NetworkingConfig, ...config } = spec as Record<string, unknown> & {
      HostConfig: Record<string, unknown>;
      NetworkingConfig: { EndpointsConfig: Record<string, { Aliases?: readonly string[] }> };
    };
    if (Object.keys(NetworkingConfig.EndpointsConfig).length > 1) {
      send(400, { message: 'Container cannot be connected to network endpoints' });
      return;
    }
    const container = this.add(0, { name, state: 'created', status: 'Created', networks: {} });
    container.config = config as FakeContainer['config'];
    container.hostConfig = HostConfig;
    for (const [network, { Aliases = [] }] of Object.entries(NetworkingConfig.EndpointsConfig)) {
      container.networks[network] = { IPAddress: this.address(this.#made), Aliases };
    }
    send(201, { Id: container.id, Warnings: [] });
  }

  #connect(network: string, body: { Container: string; EndpointConfig: { Aliases?: readonly string[] } }): undefined {
    const container = this.containers.get(body.Container);
    if (container !== undefined) {
      container.networks[network] = { IPAddress: this.address(this.#made), Aliases: body.EndpointConfig.Aliases ?? [] };
    }
    return undefined;
  }
}

function numberOf({ config }: FakeContainer): number {
  return Number(config.Labels['com.docker.compose.container-number']);
}
