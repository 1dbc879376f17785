import type { Client } from 'pg';
import { addressOfParts, addressOfUrl, type ServerParts } from '../database/server-address.ts';
import type { CheckTimes, HealthCheck } from './check.ts';
import { dependencyCheck } from './dependency-check.ts';

const SLOW_MS = 500;

/**
 * Does PostgreSQL answer? One connection of its own is kept for it, and opened again when it is lost: a pool that is exhausted must not
 * look like a server that is away.
 */
export function postgresCheck(primary: string | ServerParts, times: CheckTimes): HealthCheck {
  const { client: config } = typeof primary === 'string' ? addressOfUrl(primary) : addressOfParts(primary);
  let connected: Client | undefined;
  let isClosed = false;
  const check = dependencyCheck({
    ...times,
    name: 'postgres',
    label: 'PostgreSQL',
    slowMs: SLOW_MS,
    absence: 'critical',
    ask: async (signal) => {
      const client = connected ?? (await connect(config, times.timeoutMs));
      connected = client;
      if (isClosed) return void client.end().catch(() => {});
      const giveUp = (): void => {
        if (connected === client) connected = undefined;
        void client.end().catch(() => {});
      };
      signal.addEventListener('abort', giveUp);
      client.once('error', giveUp);
      try {
        await client.query('SELECT 1');
      } catch (error) {
        giveUp();
        throw error;
      } finally {
        signal.removeEventListener('abort', giveUp);
        client.off('error', giveUp);
      }
    },
  });
  return {
    ...check,
    close: () => {
      isClosed = true;
      void connected?.end().catch(() => {});
    },
  };
}

async function connect(config: object, timeoutMs: number): Promise<Client> {
  const pg = await import('pg');
  const { Client: PgClient } = pg.default;
  const client = new PgClient({
    ...config,
    connectionTimeoutMillis: timeoutMs,
    fallback_application_name: 'tidegate-health',
  });
  // A connection that is lost fails the next question on it; the event alone would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}
