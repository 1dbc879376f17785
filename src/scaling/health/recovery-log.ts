/** What was done about trouble without anybody having to ask. */
export interface RecoveryRecord {
  readonly atMs: number;
  /**
   * `replace`: a hung worker; `reconnect`: a dependency that answers again; `shed`: an upstream that gets no requests while its
   * breaker is open.
   */
  readonly action: 'replace' | 'reconnect' | 'shed';
  /** `worker-3`, `postgres`. */
  readonly target: string;
  /** Of a replacement. */
  readonly workerId?: number;
  /**
   * `replaced`: a hung worker was drained (the receipt says so); `asked`: the recovery was told to replace it; `limited`: it was not,
   * for too many actions already; `failed`: the recovery threw; `done`: of the other actions.
   */
  readonly outcome: 'replaced' | 'asked' | 'limited' | 'failed' | 'done';
  readonly detail: string;
}

const KEPT_RECORDS = 50;

/** The latest 50 records, oldest first. */
export class RecoveryLog {
  #records: readonly RecoveryRecord[] = [];

  add(record: RecoveryRecord): void {
    this.#records = [...this.#records, record].slice(-KEPT_RECORDS);
  }

  records(): readonly RecoveryRecord[] {
    return this.#records;
  }
}
