import { FallbackState } from '../../src/scaling/state/fallback/fallback-state.ts';
import { RedisState } from '../../src/scaling/state/redis/redis-state.ts';
import type { RedisCluster } from '../helpers/redis-servers.ts';
import { until } from '../helpers/runtime.ts';
import { EmbeddedStore } from '../integration/state/open-embedded.ts';
import { redisSettings } from '../integration/state/open-redis.ts';

export const KEEP = { ttlMs: 3_600_000 };
const OPS_PER_SECOND = 500;
const TICK_MS = 20;
const SESSIONS = 1_000;

/** A machine of two workers on a Cluster, with sessions and a steady mixed load whose every outcome is checked. */
export class StateLoad {
  readonly store: EmbeddedStore;
  readonly workers: readonly FallbackState[];
  /** Past all fallback: what Redis has. */
  readonly redis: RedisState;
  /** The version each session is known to have. */
  readonly versions = new Map<string, number>();
  readonly problems: string[] = [];
  readonly degradedMs: number[] = [];
  readonly backMs: number[] = [];
  #samples: { readonly atMs: number; readonly tookMs: number }[] = [];
  #running = true;
  #turn = 0;
  #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #loop: Promise<void> | undefined;

  private constructor(store: EmbeddedStore, redis: RedisState, make: (load: StateLoad) => readonly FallbackState[]) {
    this.store = store;
    this.redis = redis;
    this.workers = make(this);
  }

  static async start(cluster: RedisCluster): Promise<StateLoad> {
    const store = await EmbeddedStore.start();
    const settings = redisSettings({ nodes: cluster.nodes, cluster: true, commandTimeoutMs: 1_000 });
    const states = [0, 1, 2].map(() => new RedisState(settings, 'chaos:'));
    await Promise.all(states.map((state) => state.connect()));
    const stores = await Promise.all([0, 1].map(() => store.connect()));
    return new StateLoad(store, states[2] as RedisState, (load) =>
      stores.map(
        (embedded, index) =>
          new FallbackState({
            primary: states[index] as RedisState,
            embedded,
            probeIntervalMs: 500,
            detectMs: 250,
            onChange: (degraded) => (degraded === null ? load.backMs : load.degradedMs).push(performance.now()),
          }),
      ),
    );
  }

  get degraded(): boolean {
    return this.workers.some((worker) => worker.status().degradedSinceMs !== null);
  }

  async logIn(): Promise<void> {
    for (let from = 0; from < SESSIONS; from += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const key = `session:${from + index}`;
          const result = await this.#worker(index).records.compareAndSet(key, 0, `${key} 1`, KEEP);
          if (result.stored) this.versions.set(key, result.version);
        }),
      );
    }
  }

  run(): void {
    this.#loop = this.#drive();
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers, this.redis].map((state) => state.close()));
    await this.store.stop();
  }

  /** How long the calls took that began between two times. */
  latencies(
    fromMs: number,
    toMs: number,
  ): { readonly count: number; readonly p50: number; readonly p99: number; readonly max: number } {
    const times = this.#samples
      .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
      .map(({ tookMs }) => tookMs)
      .sort((a, b) => a - b);
    const at = (share: number): number => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 100) / 100;
    return { count: times.length, p50: at(0.5), p99: at(0.99), max: at(1) };
  }

  /** Reads each session by each worker: those that are not as they should be. */
  async wrongSessions(): Promise<string[]> {
    const wrong: string[] = [];
    for (const [key, version] of this.versions) {
      for (const worker of this.workers) {
        const record = await worker.records.read(key);
        // A write that is under way may have come in since.
        const least = this.#busy.has(key) ? version : (this.versions.get(key) as number);
        if (record === undefined || record.version < least || record.value.toString() !== `${key} ${record.version}`) {
          wrong.push(`${key}: ${record?.version} (${record?.value}) instead of ${least}`);
        }
      }
    }
    return wrong;
  }

  /** Sessions Redis itself does not have in their last version. */
  async missingOnRedis(): Promise<string[]> {
    const missing: string[] = [];
    for (const [key, version] of this.versions) {
      const record = await this.redis.records.read(key);
      if (record?.version !== version || record.value.toString() !== `${key} ${version}`) {
        missing.push(`${key}: ${record?.version} instead of ${version}`);
      }
    }
    return missing;
  }

  async untilBack(timeoutMs: number): Promise<void> {
    await until('Redis is back for all workers', () => !this.degraded, timeoutMs);
  }

  async #drive(): Promise<void> {
    const startedMs = performance.now();
    let begun = 0;
    while (this.#running) {
      const due = ((performance.now() - startedMs) / 1_000) * OPS_PER_SECOND;
      for (; begun < due; begun += 1) this.#begin();
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  #begin(): void {
    const atMs = performance.now();
    const one = this.#operation()
      .then((problem) => {
        if (problem !== undefined) this.problems.push(problem);
      })
      .catch((error: Error) => {
        this.problems.push(`error to a caller: ${error.message}`);
      })
      .finally(() => {
        this.#samples.push({ atMs, tookMs: performance.now() - atMs });
        this.#underWay.delete(one);
      });
    this.#underWay.add(one);
  }

  /** One call; what its promise did not keep. */
  #operation(): Promise<string | undefined> {
    this.#turn += 1;
    const turn = this.#turn;
    const worker = this.#worker(turn);
    switch (turn % 6) {
      case 0:
        return this.#save(worker, turn);
      case 1:
        return this.#load(worker, turn);
      case 2:
        return this.#count(worker, turn);
      case 3:
        return this.#lock(worker, turn);
      case 4:
        return worker.set(`cache:${turn % 50}`, String(turn), { ttlMs: 60_000 }).then(() => undefined);
      default:
        return worker
          .get(`cache:${turn % 50}`)
          .then((value) => (value === undefined || /^\d+$/.test(value.toString()) ? undefined : `cache gave ${value}`));
    }
  }

  /** Stored with the very next version, or refused because of another one: never a version of its own invention. */
  async #save(worker: FallbackState, turn: number): Promise<string | undefined> {
    const key = `session:${(turn * 7) % SESSIONS}`;
    if (this.#busy.has(key)) return undefined;
    this.#busy.add(key);
    try {
      const expected = this.versions.get(key) as number;
      const result = await worker.records.compareAndSet(key, expected, `${key} ${expected + 1}`, KEEP);
      if (!result.stored) return `${key} at ${expected} was refused: ${result.current?.version} is there`;
      this.versions.set(key, result.version);
      return result.version === expected + 1 ? undefined : `${key} went from ${expected} to ${result.version}`;
    } finally {
      this.#busy.delete(key);
    }
  }

  async #load(worker: FallbackState, turn: number): Promise<string | undefined> {
    const key = `session:${(turn * 13) % SESSIONS}`;
    const least = this.versions.get(key) as number;
    const record = await worker.records.read(key);
    if (record !== undefined && record.version >= least) return undefined;
    return `${key} was read as ${record?.version}, after ${least} was acknowledged`;
  }

  async #count(worker: FallbackState, turn: number): Promise<string | undefined> {
    const { value, ttlMs } = await worker.increment(`limit:${turn % 20}`, 1, 60_000);
    return value >= 1 && ttlMs > 0 && ttlMs <= 60_000 ? undefined : `a count of ${value} for ${ttlMs} ms`;
  }

  /** The holder's own lock, of a name nobody else has: taken once, let go once. */
  async #lock(worker: FallbackState, turn: number): Promise<string | undefined> {
    const key = `lock:${turn}`;
    if (!(await worker.add(key, 'me', { ttlMs: 30_000 }))) {
      // Redis may have granted it just before its answer was lost; then it is ours by its value.
      const holder = await worker.get(key);
      return holder?.toString() === 'me' ? undefined : `${key} was refused although nobody has it`;
    }
    await worker.deleteIfEqual(key, 'me');
    return undefined;
  }

  #worker(index: number): FallbackState {
    return this.workers[index % this.workers.length] as FallbackState;
  }
}
