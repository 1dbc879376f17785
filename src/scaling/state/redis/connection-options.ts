import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisSettings } from '../settings.ts';
import { reconnectDelayMs } from './reconnect-delay.ts';

const SLOTS_REFRESH_INTERVAL_MS = 5_000;
/** A connection on which nothing was answered for so many deadlines is taken for dead, although no packet says so. */
const DEADLINES_UNTIL_DEAD = 3;
const LEAST_CONNECT_TIMEOUT_MS = 1_000;
/** A connection that is given up lives on for so long, to send what was written. */
const DISCONNECT_TIMEOUT_MS = 200;
const LOADING_RETRY_MS = 500;
const REDIRECTIONS_LIMIT = 8;
const SLOTS_REFRESH_TIMEOUT_MS = 500;

/** Commands that may be answered by a replica: plain reads of values, and nothing that decides about a write. */
const REPLICA_READS: ReadonlySet<string> = new Set(['get']);

/**
 * What each connection has in common. ioredis must not repeat a command whose answer was lost: it may have been done.
 * Hence no resending and no retries; and own deadlines (per call) instead of its `commandTimeout`.
 */
export function commonOptions({ password, tls, commandTimeoutMs }: RedisSettings) {
  return {
    ...(password !== '' && { password }),
    ...(tls && { tls: {} }),
    connectionName: 'tidegate',
    disableClientInfo: true,
    protocol: 2,
    lazyConnect: true,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: LOADING_RETRY_MS,
    connectTimeout: Math.max(LEAST_CONNECT_TIMEOUT_MS, commandTimeoutMs),
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    socketTimeout: Math.max(LEAST_CONNECT_TIMEOUT_MS, commandTimeoutMs * DEADLINES_UNTIL_DEAD),
  } satisfies RedisOptions;
}

/** One node, the first of the settings. Without a connection a command fails at once. */
export function singleOptions(settings: RedisSettings, random: () => number) {
  const node = settings.nodes[0];
  if (node === undefined) throw new RangeError('redis.nodes is empty; it must name at least one node');
  return {
    ...commonOptions(settings),
    host: node.host,
    port: node.port,
    db: settings.db,
    enableOfflineQueue: false,
    retryStrategy: (attempt) => reconnectDelayMs(attempt, random()),
    // A master that became a replica: behind the name there may be another one now. The command itself is not repeated.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

/**
 * A Cluster. Its nodes keep a queue while they connect (ioredis connects to a node at the first command for it, and would refuse the
 * second); a call's deadline bounds that, and TrackedCommand sees to it that one given up isn't sent later.
 */
export function clusterOptions(settings: RedisSettings, random: () => number) {
  if (settings.nodes.length === 0) throw new RangeError('redis.nodes is empty; it must name at least one node');
  return {
    lazyConnect: true,
    enableOfflineQueue: true,
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt, random()),
    // "Connection is closed" comes for commands that were sent too: repeating those would count twice.
    retryDelayOnFailover: 0,
    // Whoever stands in for Redis wants to know at once.
    retryDelayOnClusterDown: 0,
    maxRedirections: REDIRECTIONS_LIMIT,
    slotsRefreshTimeout: SLOTS_REFRESH_TIMEOUT_MS,
    slotsRefreshInterval: SLOTS_REFRESH_INTERVAL_MS,
    scaleReads: settings.readReplicas ? chooseReader(random) : 'master',
    // A certificate is made out to a name; ioredis would connect to its address.
    ...(settings.tls && { dnsLookup: (address, answer) => answer(null, address) }),
    redisOptions: commonOptions(settings),
  } satisfies ClusterOptions;
}

interface Reader {
  readonly status: string;
}

/** A replica that answers, for what replicas may answer; else the master, which ioredis gives first. */
function chooseReader(random: () => number) {
  return (nodes: readonly (Reader | undefined)[], command: { readonly name: string }): Reader | undefined => {
    const [master, ...replicas] = nodes;
    if (!REPLICA_READS.has(command.name)) return master;
    const usable = replicas.filter((node) => node?.status === 'ready' || node?.status === 'wait');
    return usable[Math.floor(random() * usable.length)] ?? master;
  };
}
