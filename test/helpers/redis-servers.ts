/** Real Redis servers: one, or a Cluster of three masters with a replica each. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';
import { RedisServer, type RedisServerOptions } from './redis-server.ts';
import { until } from './runtime.ts';

export { RedisServer, type RedisServerOptions, redisAvailable, startRedis } from './redis-server.ts';

const run = promisify(execFile);
const CLUSTER_NODES = 6;
const CLUSTER_READY_MS = 20_000;

export interface RedisClusterOptions extends RedisServerOptions {
  /** After how long without an answer the others replace a master. */
  readonly nodeTimeoutMs?: number;
}

/** Three masters with a replica each. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];

  constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  get nodes(): readonly { readonly host: string; readonly port: number }[] {
    return this.servers.map(({ host, port }) => ({ host, port }));
  }

  server(port: number): RedisServer {
    const server = this.servers.find((one) => one.port === port);
    if (server === undefined) throw new RangeError(`no node of this cluster on port ${port}`);
    return server;
  }

  /** Ports of the masters that hold slots, as one of the running nodes sees it. */
  async masters(): Promise<readonly number[]> {
    return (await this.#table())
      .filter(({ flags, slots }) => flags.includes('master') && !/fail(,|$)/.test(flags) && slots)
      .map(({ port }) => port);
  }

  /** The port of the master that holds `key`. */
  async masterOf(key: string): Promise<number> {
    const slot = Number(await this.#running().cli('CLUSTER', 'KEYSLOT', key));
    const line = (await this.#running().cli('CLUSTER', 'NODES')).split('\n').find((node) => {
      const [, , flags = '', , , , , , ...ranges] = node.split(' ');
      if (!flags.includes('master') || flags.includes('fail')) return false;
      return ranges.some((range) => {
        const [first, last = first] = range.split('-').map(Number);
        return slot >= Number(first) && slot <= Number(last);
      });
    });
    return Number(line?.match(/:(\d+)@/)?.[1]);
  }

  /** SIGKILL to one node. */
  kill(port: number): Promise<void> {
    return this.server(port).kill();
  }

  pause(port: number): void {
    this.server(port).pause();
  }

  resume(port: number): void {
    this.server(port).resume();
  }

  /** Waits until the slots are covered and each replica follows its master: only then does a failover work. */
  async ready(): Promise<void> {
    for (const server of this.servers.filter(({ pid }) => pid !== 0)) {
      await until(
        `cluster_state:ok on port ${server.port}`,
        async () => {
          const info = await server.cli('CLUSTER', 'INFO').catch(() => '');
          return info.includes('cluster_state:ok') && info.includes('cluster_slots_ok:16384');
        },
        CLUSTER_READY_MS,
      );
      await until(
        `port ${server.port} a master, or linked to its own`,
        async () => (await server.info('role')) === 'master' || (await server.info('master_link_status')) === 'up',
        CLUSTER_READY_MS,
      );
    }
    // Redis leaves a replica out that has received nothing yet; clients would not know of it.
    const servers = this.servers.filter(({ pid }) => pid !== 0);
    for (const server of servers) {
      await until(
        `CLUSTER SLOTS of port ${server.port} names every node that runs`,
        async () => {
          const slots = await server.cli('CLUSTER', 'SLOTS').catch(() => '');
          const ids = slots.split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line));
          return new Set(ids).size >= servers.length;
        },
        CLUSTER_READY_MS,
      );
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  #running(): RedisServer {
    const server = this.servers.find(({ pid }) => pid !== 0);
    if (server === undefined) throw new Error('no node of this cluster runs');
    return server;
  }

  async #table(): Promise<{ port: number; flags: string; slots: boolean }[]> {
    const table = await this.#running().cli('CLUSTER', 'NODES');
    return table.split('\n').map((line) => {
      const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
      return { port: Number(address.match(/:(\d+)@/)?.[1]), flags, slots: ranges.length > 0 };
    });
  }
}

/** Starts six nodes and joins them; resolves when each master has a replica that follows it. */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { nodeTimeoutMs = 2_000, password, settings } = options;
  const ports = await freePorts(CLUSTER_NODES * 2);
  const servers = ports.slice(0, CLUSTER_NODES).map(
    (port, index) =>
      new RedisServer(port, {
        ...(password !== undefined && { password }),
        settings: {
          'cluster-enabled': 'yes',
          'cluster-config-file': 'nodes.conf',
          'cluster-node-timeout': String(nodeTimeoutMs),
          // The usual one, the port + 10,000, may be above 65,535.
          'cluster-port': String(ports[CLUSTER_NODES + index]),
          // A replica counts from the first byte it gets, which in quiet is this ping.
          'repl-ping-replica-period': '1',
          ...settings,
        },
      }),
  );
  const cluster = new RedisCluster(servers);
  try {
    await Promise.all(servers.map((server) => server.start()));
    const addresses = servers.map(({ host, port }) => `${host}:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'], {
      env: { ...process.env, ...(password && { REDISCLI_AUTH: password }) },
      timeout: CLUSTER_READY_MS,
    });
    await cluster.ready();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}
