/** The server's maxmemory-policy, as INFO tells it; undefined where it doesn't. */
export function evictionPolicyOf(info: string): string | undefined {
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
}

/**
 * Whether a server under this policy may throw jobs away when its memory is full. `volatile-…` evicts only keys with a TTL, which of a job
 * is its lock alone (the job is then done again, under a new token); `allkeys-…` evicts anything.
 */
export function losesJobs(policy: string | undefined): boolean {
  return policy?.startsWith('allkeys-') ?? false;
}

let warned = false;

/** Warns once in a process. */
export function warnOfEviction(policy: string | undefined): void {
  if (warned || !losesJobs(policy)) return;
  warned = true;
  process.emitWarning(
    `Redis runs with maxmemory-policy ${policy}, which can lose jobs when its memory is full; use volatile-lru (or noeviction)`,
    { code: 'TIDEGATE_JOBS_EVICTION' },
  );
}
