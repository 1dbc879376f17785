import type { Cluster, Redis } from 'ioredis';
import type { RedisSettings } from '../../settings.ts';
import { evictionPolicyOf, warnOfEviction } from './eviction-policy.ts';

/** Reconnects soon at first, then every 2 s. */
function retryDelay(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), 2_000);
}

/**
 * A connection as BullMQ needs it: commands wait for Redis however long it is away (`maxRetriesPerRequest: null`),
 * so callers bound their own waiting. Reads go to masters only: a replica may not know the job yet.
 */
export async function connectForJobs(settings: RedisSettings): Promise<Redis | Cluster> {
  const { Redis, Cluster } = await import('ioredis');
  const common = {
    maxRetriesPerRequest: null,
    // BullMQ reads answers in the shape of RESP2.
    protocol: 2 as const,
    ...(settings.password !== '' && { password: settings.password }),
    ...(settings.tls && { tls: {} }),
  };
  const client = settings.cluster
    ? new Cluster([...settings.nodes], {
        clusterRetryStrategy: retryDelay,
        redisOptions: common,
        // A certificate is made out to a name; ioredis would connect to its address.
        ...(settings.tls && { dnsLookup: (address, answer) => answer(null, address) }),
      })
    : new Redis({ ...settings.nodes[0], ...common, db: settings.db, retryStrategy: retryDelay });
  return withoutPolicy(client);
}

/**
 * BullMQ reads INFO on each connection and asks on the console for `noeviction`. Jobs are as safe under a `volatile-` policy, since their
 * keys have no TTL, and that is the policy the shared state wants: so the line is taken out, and a policy that can lose jobs is told once, by us.
 */
function withoutPolicy<Client extends Redis | Cluster>(client: Client): Client {
  const info = client.info.bind(client) as (...given: unknown[]) => Promise<string>;
  const duplicate = client.duplicate.bind(client) as (...options: unknown[]) => Redis | Cluster;
  return Object.assign(client, {
    // With a callback it is ioredis itself that asks, whether the server is ready.
    info: async (...given: unknown[]) => {
      const text = await info(...given);
      warnOfEviction(evictionPolicyOf(text));
      return text.replace(/^maxmemory_policy:.*$/m, '');
    },
    duplicate: (...options: unknown[]) => withoutPolicy(duplicate(...options)),
  });
}
