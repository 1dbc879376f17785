import type { StateConnection } from '../open-state.ts';
import type { RedisSettings } from '../settings.ts';
import type { JobDriver } from './driver.ts';
import type { BoardConnection } from './embedded/board-client.ts';
import { JobError } from './errors.ts';
import { number, type Retention, whole } from './job-options.ts';
import { JobQueue } from './job-queue.ts';

/** What keeps the jobs: the machine's embedded store (its connection stays the caller's), or Redis (connections of their own). */
export type JobsConnection =
  | { readonly driver: 'embedded'; readonly store: () => Promise<BoardConnection> }
  | { readonly driver: 'redis'; readonly redis: RedisSettings; readonly keyPrefix: string };

/** Jobs where the process's shared state is: on Redis if there is one, else on the machine's job board. */
export function jobsConnection(connection: Pick<StateConnection, 'settings' | 'parts'>): JobsConnection {
  const { redis, keyPrefix } = connection.settings;
  if (redis !== null) return { driver: 'redis', redis, keyPrefix };
  return { driver: 'embedded', store: async () => (await connection.parts()).embedded };
}

export interface JobsOptions {
  /** How long finished jobs are known. Default: the last 1,000 of each outcome, for an hour. */
  readonly keepFinished?: Partial<Retention>;
  /** How often a job may be lost with its worker before it counts as failed: it may be what kills them. Default 10. */
  readonly maxLosses?: number;
  /** Gets what goes wrong with Redis in the background; it reconnects by itself. Default: a process warning. */
  readonly onError?: (error: Error) => void;
}

const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const YEAR_MS = 365 * 86_400_000;

/**
 * A queue of jobs by its name, the same in every process.
 * @throws JobError JOB_BAD_ARGUMENT that names what is wrong
 */
export function jobs<Data = unknown, Result = unknown>(
  connection: JobsConnection,
  queueName: string,
  options: JobsOptions = {},
): JobQueue<Data, Result> {
  if (!NAME.test(queueName)) {
    const allowed = '1 to 64 letters, digits, dots, dashes or underscores';
    throw new JobError('JOB_BAD_ARGUMENT', `the queue's name is ${JSON.stringify(queueName)}; it must be ${allowed}`);
  }
  const { count = 1_000, ageMs = 3_600_000 } = options.keepFinished ?? {};
  const settings = {
    keep: {
      count: whole('keepFinished.count', count, 1, 100_000),
      ageMs: number('keepFinished.ageMs', ageMs, 1, YEAR_MS),
    },
    maxLosses: whole('maxLosses', options.maxLosses ?? 10, 0, 1_000),
  };
  const onError = options.onError ?? ((error) => process.emitWarning(error));
  return new JobQueue<Data, Result>(queueName, () => open(connection, queueName, onError), settings);
}

/** Each driver is loaded by who uses it: BullMQ alone takes some 100 ms. */
async function open(
  connection: JobsConnection,
  queueName: string,
  onError: (error: Error) => void,
): Promise<JobDriver> {
  if (connection.driver === 'embedded') {
    const { EmbeddedDriver } = await import('./embedded/embedded-driver.ts');
    return new EmbeddedDriver(queueName, await connection.store());
  }
  const { RedisDriver } = await import('./redis/redis-driver.ts');
  return RedisDriver.open(queueName, connection.keyPrefix, connection.redis, onError);
}
