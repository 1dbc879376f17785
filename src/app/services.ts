/** Everything on the shared state and the database, put together: repositories, and the services over them. */
import { breaker, breakerReports, cache, fleet, jobs, pubsub, rateLimit, sessions, sharedState } from 'tidegate/state';
import type { EventRepository } from './repositories/event-repository.ts';
import type { LeaseHistoryRepository } from './repositories/lease-history-repository.ts';
import type { Report, ReportRepository } from './repositories/report-repository.ts';
import { Accounts } from './repositories/state/accounts.ts';
import { Conversations } from './repositories/state/conversations.ts';
import { StateEvents } from './repositories/state/events.ts';
import { StateLeaseHistory } from './repositories/state/lease-history.ts';
import { Lobby } from './repositories/state/lobby.ts';
import { StateReports } from './repositories/state/reports.ts';
import { Roster } from './repositories/state/roster.ts';
import { agreedSecret } from './repositories/state/session-secret.ts';
import { Totals } from './repositories/state/totals.ts';
import { AccountService } from './services/accounts.ts';
import { DependencyHealth, type GuardedDatabase } from './services/dependency-health.ts';
import { EventLog } from './services/event-log.ts';
import { LeaseDesk } from './services/lease-desk.ts';
import { PrimeJobs } from './services/prime-jobs.ts';
import { RealtimeCounts } from './services/realtime/counts.ts';
import { RealtimeHub } from './services/realtime/hub.ts';
import { Matchmaking } from './services/realtime/matchmaking.ts';
import { Presence } from './services/realtime/presence.ts';
import { RealtimeUpkeep } from './services/realtime/upkeep.ts';
import { ReportService } from './services/reports.ts';
import type { WorkerIdentity } from './services/worker-identity.ts';
import type { AppSettings } from './settings.ts';

const REPORTS_FRESH_MS = 60_000;
const REPORTS_STALE_MS = 30_000;
const LOGIN_ATTEMPTS = { points: 10, durationMs: 300_000 } as const;
const TRIED = { points: 5, durationMs: 10_000 } as const;
/** What an app that runs by itself offers, so that leases can be tried. */
const OWN_SERVER = { location: '', version: '', maxSlots: 10, maxBandwidthMbps: 1_000, load: null } as const;

export interface Repositories {
  readonly reports: ReportRepository;
  readonly events: EventRepository;
  readonly leaseHistory: LeaseHistoryRepository;
}

export type Services = Awaited<ReturnType<typeof createServices>>;

/** Connects to nothing yet: each part does when it is first used, or by `start`. */
export async function createServices(worker: WorkerIdentity, settings: AppSettings) {
  const state = sharedState();
  const guarded = settings.database === null ? null : await openDatabase(settings.database);
  const repositories = await createRepositories(guarded);
  const events = new EventLog(repositories.events);
  const reportCache = cache<readonly Report[]>({
    name: 'reports',
    ttlMs: REPORTS_FRESH_MS,
    staleMs: REPORTS_STALE_MS,
  });
  const primeJobs = new PrimeJobs(jobs('primes'));
  const roster = new Roster<WorkerIdentity>(state);
  const conversations = new Conversations(state);
  const matchmaking = new Matchmaking(new Lobby(state), conversations);
  const counts = new RealtimeCounts(new Totals(state));
  const hub = new RealtimeHub({ worker, pubsub: pubsub(), roster, conversations, matchmaking, counts, events });
  const upkeep = new RealtimeUpkeep({ hub, worker, roster, conversations, matchmaking });
  const health = new DependencyHealth(state, guarded);
  const leases = new LeaseDesk(fleet().leases, repositories.leaseHistory);

  return {
    accounts: new AccountService(
      new Accounts(state),
      rateLimit({ name: 'login', kind: 'progressive', ...LOGIN_ATTEMPTS }),
    ),
    events,
    health,
    hub,
    jobs: primeJobs,
    leases,
    limits: {
      standard: rateLimit({ name: 'standard', kind: 'standard', ...TRIED }),
      strict: rateLimit({ name: 'strict', kind: 'strict', ...TRIED }),
      progressive: rateLimit({ name: 'progressive', kind: 'progressive', ...TRIED }),
    },
    presence: new Presence(roster, counts),
    reports: new ReportService(repositories.reports, reportCache),
    sessionStore: sessions(),
    sessionSecret: async () => settings.sessionSecret ?? agreedSecret(state),
    statistics: () => ({
      cache: reportCache.stats(),
      events: events.report(),
      leaseHistory: { unwritten: leases.unwritten },
      breakers: breakerReports(),
    }),

    /** Begins what goes on by itself. `port`: where an app that runs by itself can be reached. */
    async start(port: number): Promise<void> {
      counts.start();
      upkeep.start();
      primeJobs.work();
      await health.begin();
      if (settings.isAlone) {
        await fleet().announce(() => ({ id: 'this-process', host: 'localhost', port, ...OWN_SERVER }));
        fleet().startReaper();
      }
    },

    /** Ends it: what is under way is finished or handed on. */
    async close(): Promise<void> {
      await hub.settled();
      await Promise.allSettled([upkeep.close(), counts.close(), primeJobs.close(), events.settled()]);
      await Promise.allSettled([reportCache.close(), guarded?.database.close()]);
    },
  };
}

async function openDatabase(settings: NonNullable<AppSettings['database']>): Promise<GuardedDatabase> {
  const { createDatabase } = await import('tidegate/database');
  const guard = breaker('postgres', { resetTimeoutMs: 10_000 });
  const database = createDatabase({
    ...settings,
    applicationName: 'reference-app',
    guard: (call) => guard.execute(call),
  });
  return { database, breaker: guard };
}

async function createRepositories(guarded: GuardedDatabase | null): Promise<Repositories> {
  if (guarded === null) {
    const state = sharedState();
    return {
      reports: new StateReports(state),
      events: new StateEvents(state),
      leaseHistory: new StateLeaseHistory(state),
    };
  }
  const [{ PostgresReports }, { PostgresEvents }, { PostgresLeaseHistory }] = await Promise.all([
    import('./repositories/postgres/reports.ts'),
    import('./repositories/postgres/events.ts'),
    import('./repositories/postgres/lease-history.ts'),
  ]);
  const { database } = guarded;
  return {
    reports: new PostgresReports(database),
    events: new PostgresEvents(database),
    leaseHistory: new PostgresLeaseHistory(database),
  };
}
