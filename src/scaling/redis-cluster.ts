import type { ClusterNode } from './state/redis/cluster-nodes.ts';
import { failoversBetween, infoField, latestTable, parseClusterNodes, slotCount } from './state/redis/cluster-nodes.ts';
import type { RedisState } from './state/redis/redis-state.ts';

/** Longest a node may take to answer for its line; those that don't have no figures. */
const NODE_TIMEOUT_MS = 500;
const SLOTS = 16_384;

/** One node, as `GET /redis/status` shows it; null: not known. */
export interface RedisNodeView {
  readonly host: string;
  readonly port: number;
  readonly role: 'master' | 'replica';
  /** Slots it holds, as `first-last`; empty outside a Cluster and for replicas. */
  readonly slots: readonly string[];
  /** `down`: it doesn't answer us, or the Cluster says so; `suspected`: a node of the Cluster thinks so. */
  readonly health: 'ok' | 'suspected' | 'down';
  /** Of one round trip. */
  readonly latencyMs: number | null;
  readonly usedMemoryBytes: number | null;
}

export interface RedisView {
  readonly mode: 'single' | 'cluster';
  readonly connected: boolean;
  readonly nodes: readonly RedisNodeView[];
  /** Of 16,384; null outside a Cluster. */
  readonly slotsCovered: number | null;
  /** Replicas that became masters since this process began to look. */
  readonly failovers: number;
  /** The slowest answer of the last look. */
  readonly latencyMs: number | null;
  /** Of all nodes that answered. */
  readonly usedMemoryBytes: number | null;
  /** When it was looked at last; null: not yet. */
  readonly refreshedAtMs: number | null;
  readonly lastError: string | null;
}

interface Answer {
  readonly latencyMs: number;
  readonly info: string;
  /** The Cluster as this node sees it. */
  readonly table: readonly ClusterNode[];
}

/** What people see of Redis: its nodes, who holds which slots, and how quickly each answers. */
export class RedisClusterView {
  readonly #state: RedisState;
  #view: RedisView;
  /** The Cluster as it was seen last, to notice failovers. */
  #table: readonly ClusterNode[] = [];
  #refreshing: Promise<void> | undefined;

  constructor(state: RedisState) {
    this.#state = state;
    const { cluster } = state.connection.settings;
    this.#view = {
      mode: cluster ? 'cluster' : 'single',
      connected: false,
      nodes: [],
      slotsCovered: cluster ? 0 : null,
      failovers: 0,
      latencyMs: null,
      usedMemoryBytes: null,
      refreshedAtMs: null,
      lastError: null,
    };
  }

  /** As of the last `refresh`; whether it is connected, as of now. JSON-ready. */
  status(): RedisView {
    const { connected, lastError } = this.#state.connection;
    return { ...this.#view, connected, lastError };
  }

  /** Asks every node, all at once and for at most half a second. Never throws: what doesn't answer is shown as down. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#look().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #look(): Promise<void> {
    const answers = await this.#ask();
    const { cluster, nodes: configured } = this.#state.connection.settings;
    const table = latestTable([...answers.values()].map((answer) => answer.table));
    const failovers = this.#view.failovers + failoversBetween(this.#table, table);
    if (table.length > 0) this.#table = table;
    const nodes = cluster
      ? this.#table.map((node) => clusterNodeView(node, answers.get(`${node.host}:${node.port}`)))
      : configured.slice(0, 1).map((node) => singleNodeView(node, answers.get(`${node.host}:${node.port}`)));
    this.#view = {
      ...this.#view,
      nodes,
      failovers,
      slotsCovered: cluster
        ? Math.min(
            SLOTS,
            table.reduce((sum, node) => sum + coveredBy(node), 0),
          )
        : null,
      latencyMs: highest(nodes.map(({ latencyMs }) => latencyMs)),
      usedMemoryBytes: sum(nodes.map(({ usedMemoryBytes }) => usedMemoryBytes)),
      refreshedAtMs: Date.now(),
    };
  }

  /** What each node there is a connection for says, by `host:port`; those that don't answer in time are missing. */
  async #ask(): Promise<ReadonlyMap<string, Answer>> {
    const { connection } = this.#state;
    const answers = new Map<string, Answer>();
    await Promise.all(
      connection.nodes().map(async (node) => {
        const startedMs = performance.now();
        const table = connection.settings.cluster ? this.#command('cluster', ['nodes'], node) : undefined;
        const info = await this.#command('info', [], node);
        if (info === undefined) return;
        const latencyMs = performance.now() - startedMs;
        const { host, port } = node.options;
        answers.set(`${host}:${port}`, { latencyMs, info, table: parseClusterNodes((await table) ?? '') });
      }),
    );
    return answers;
  }

  async #command(
    name: string,
    args: readonly string[],
    to: Parameters<RedisState['connection']['read']>[3],
  ): Promise<string | undefined> {
    try {
      return String(await this.#state.connection.read(name, args, { timeoutMs: NODE_TIMEOUT_MS }, to));
    } catch {
      return undefined;
    }
  }
}

function clusterNodeView(node: ClusterNode, answer: Answer | undefined): RedisNodeView {
  const { host, port, role, slots } = node;
  const health = answer === undefined || node.health === 'failed' ? 'down' : node.health;
  return { host, port, role, slots: slots.map(([first, last]) => `${first}-${last}`), health, ...figures(answer) };
}

function singleNodeView({ host, port }: { host: string; port: number }, answer: Answer | undefined): RedisNodeView {
  const role = answer !== undefined && infoField(answer.info, 'role') === 'slave' ? 'replica' : 'master';
  return { host, port, role, slots: [], health: answer === undefined ? 'down' : 'ok', ...figures(answer) };
}

function figures(answer: Answer | undefined): Pick<RedisNodeView, 'latencyMs' | 'usedMemoryBytes'> {
  if (answer === undefined) return { latencyMs: null, usedMemoryBytes: null };
  const bytes = Number(infoField(answer.info, 'used_memory'));
  return {
    latencyMs: Math.round(answer.latencyMs * 100) / 100,
    usedMemoryBytes: Number.isFinite(bytes) ? bytes : null,
  };
}

/** Slots of a failed master are nobody's. */
function coveredBy({ role, health, slots }: ClusterNode): number {
  return role === 'master' && health !== 'failed' ? slotCount(slots) : 0;
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
