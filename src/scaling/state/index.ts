/**
 * `tidegate/state`: what the workers and machines of an app share. Under `tidegate start` it is kept where the configuration says, in the
 * machine's embedded store or on Redis with that store behind it; an app that runs by itself gets a store of its own. Nothing is opened
 * before it is used.
 */
import { createFleet, type Fleet, type FleetSettings } from '../fleet/index.ts';
import type { Cache, CacheOptions } from './cache/index.ts';
import * as cached from './cache/index.ts';
import { announceUse, stateSettings } from './environment.ts';
import type { JobQueue, JobsOptions } from './jobs/index.ts';
import * as queued from './jobs/index.ts';
import type { RateLimit, RateLimitOptions } from './limits/index.ts';
import * as limited from './limits/index.ts';
import { StateConnection } from './open-state.ts';
import type { PubSub } from './pubsub/index.ts';
import * as published from './pubsub/index.ts';
import type { SessionStore, SessionStoreOptions } from './sessions/index.ts';
import { sessionStore } from './sessions/index.ts';
import type { SharedState } from './shared-state.ts';

export type { Fleet, FleetSettings, FleetStats, LeaseRequest, LeaseView } from '../fleet/index.ts';
export { FleetError } from '../fleet/index.ts';
export { type Breaker, BreakerError, type BreakerOptions, breaker, breakerReports } from './breaker/index.ts';
export {
  type Cache,
  CacheLoadError,
  type CacheOptions,
  type CacheStats,
  type Labels,
  type Loader,
  type Target,
} from './cache/index.ts';
export { StateError, type StateErrorCode } from './errors.ts';
export {
  type ActiveJob,
  type AddOptions,
  fence,
  JobError,
  type JobErrorCode,
  type JobHandle,
  type JobQueue,
  type JobSnapshot,
  type JobStats,
  type JobsOptions,
  type JobWorker,
  once,
  PermanentJobError,
  type ProcessOptions,
} from './jobs/index.ts';
export {
  addressKey,
  type RateLimit,
  type RateLimitKind,
  type RateLimitOptions,
  type RateLimitResult,
  type RateLimitStatistics,
} from './limits/index.ts';
export {
  ADMIN_CHANNEL,
  type Listener,
  type Message,
  PLATFORM_CHANNEL,
  type PubSub,
  type PubSubStats,
  type SubscribeOptions,
  userChannel,
} from './pubsub/index.ts';
export { SessionError, type SessionErrorCode, type SessionStore, type SessionStoreOptions } from './sessions/index.ts';
export type * from './shared-state.ts';

let connection: StateConnection | undefined;
let ownFleet: Fleet | undefined;

function connected(): StateConnection {
  connection ??= new StateConnection(stateSettings(process.env), { beforeOpen: announceUse });
  return connection;
}

/** The shared state itself: keys, counts, records, reservations, channels. The same object at each call. */
export function sharedState(): SharedState {
  return connected().state;
}

/** A store for express-session: `session({ store: sessions(), … })`. @throws StateError STATE_BAD_ARGUMENT */
export function sessions(options?: SessionStoreOptions): SessionStore {
  return sessionStore(sharedState(), options);
}

/** A limit that all workers and machines count together. @throws StateError STATE_BAD_ARGUMENT */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return limited.rateLimit(sharedState(), options);
}

/** A cache in the worker and in the shared state; make one per name and keep it. @throws RangeError */
export function cache<T = unknown>(options: CacheOptions): Cache<T> {
  return cached.cache<T>(sharedState(), options);
}

/** Messages between the processes of the app, at most once. The same object at each call. */
export function pubsub(): PubSub {
  return published.pubsub(sharedState());
}

/** A queue of jobs by its name, the same in every process. @throws JobError JOB_BAD_ARGUMENT */
export function jobs<Data = unknown, Result = unknown>(name: string, options?: JobsOptions): JobQueue<Data, Result> {
  return queued.jobs<Data, Result>(queued.jobsConnection(connected()), name, options);
}

/** Servers, capacity and leases of the fleet that this machine is part of. The same object at each call. */
export function fleet(settings?: FleetSettings): Fleet {
  ownFleet ??= createFleet(sharedState(), settings ?? connected().settings.fleet);
  return ownFleet;
}

/** Closes what was opened: for scripts and tests; workers need not. */
export async function closeState(): Promise<void> {
  const closing = connection;
  connection = undefined;
  await ownFleet?.stop();
  ownFleet = undefined;
  await closing?.close();
}
