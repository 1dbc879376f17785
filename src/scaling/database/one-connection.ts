/** A single connection outside any pool, for work on the schema: no statement timeout, since an index may take an hour. */
import type { Client } from 'pg';
import { DatabaseSettingsError } from './errors.ts';
import { addressOfParts, addressOfUrl, URL_ALLOWED, urlProblem } from './server-address.ts';
import { connectFailure } from './server-failure.ts';
import type { DatabaseSettings } from './settings.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface OneConnection {
  readonly client: Client;
  /** `host:port/name` */
  readonly server: string;
}

/** @throws DatabaseError DB_UNAVAILABLE */
export async function withConnection<T>(
  primary: DatabaseSettings['primary'],
  work: (connection: OneConnection) => Promise<T>,
): Promise<T> {
  const problem = typeof primary === 'string' ? urlProblem(primary) : undefined;
  if (problem !== undefined) throw new DatabaseSettingsError([`primary ${problem}; allowed is ${URL_ALLOWED}`]);
  const { label, client: config } = typeof primary === 'string' ? addressOfUrl(primary) : addressOfParts(primary);
  const pg = await import('pg');
  const client = new pg.Client({
    ...config,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    fallback_application_name: 'tidegate-migrate',
  });
  // A connection that is lost fails the statement on it; the event alone would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw connectFailure(error, label, CONNECT_TIMEOUT_MS);
  }
  try {
    return await work({ client, server: label });
  } finally {
    await client.end().catch(() => {});
  }
}
