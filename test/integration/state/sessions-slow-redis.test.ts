import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { LocalState } from '../../../src/scaling/state/embedded/local-state.ts';
import { FallbackState } from '../../../src/scaling/state/fallback/fallback-state.ts';
import { RedisState } from '../../../src/scaling/state/redis/redis-state.ts';
import { type SessionStore, sessionStore } from '../../../src/scaling/state/sessions/index.ts';
import { type RedisServer, redisAvailable, startRedis } from '../../helpers/redis-servers.ts';
import { until } from '../../helpers/runtime.ts';
import { redisSettings } from './open-redis.ts';

const PREFIX = 'slow:';
const EVERY_MS = 4;
/** Longer than Redis is waited for (250 ms), and shorter than it is asked again (a second). */
const PAUSED_MS = 700;
const AFTERWARDS_MS = 200;

/** One machine: its own embedded store, and Redis. */
interface Machine {
  readonly state: FallbackState;
  readonly sessions: SessionStore;
  readonly changes: ({ readonly reason: string } | null)[];
}

describe('sessions that a machine has never seen, while its Redis is slow or away', () => {
  let server: RedisServer;
  let home: Machine;
  let other: Machine;

  before(async function () {
    if (!redisAvailable()) return this.skip();
    server = await startRedis();
  });
  after(() => server?.stop());

  beforeEach(async () => {
    if (server.pid === 0) await server.start();
    [home, other] = await Promise.all([openMachine(), openMachine()]);
  });
  afterEach(async () => {
    server.resume();
    await Promise.all([home, other].map(({ state }) => state.close()));
  });

  async function openMachine(): Promise<Machine> {
    const redis = new RedisState(redisSettings({ nodes: [server], commandTimeoutMs: 1_000 }), PREFIX);
    await redis.connect();
    const embedded = new LocalState({ memoryLimitBytes: 64 * 1024 * 1024 });
    const changes: Machine['changes'] = [];
    const onChange = (change: Machine['changes'][number]) => changes.push(change);
    const state = new FallbackState({ primary: redis, embedded, probeIntervalMs: 100, detectMs: 250, onChange });
    return { state, sessions: sessionStore(state), changes };
  }

  async function logIn(count: number): Promise<readonly string[]> {
    const set = promisify(home.sessions.set.bind(home.sessions)) as (sid: string, data: object) => Promise<void>;
    const sids = Array.from({ length: count }, () => randomUUID());
    await Promise.all(sids.map((sid) => set(sid, { cookie: { originalMaxAge: 60_000 }, user: sid })));
    return sids;
  }

  /** What the other machine tells the user of that session. */
  async function told(sid: string): Promise<string> {
    const get = promisify(other.sessions.get.bind(other.sessions));
    try {
      const data = (await get(sid)) as { user?: string } | null | undefined;
      return data?.user === sid ? 'logged in' : 'logged out';
    } catch (error) {
      return (error as { code: string }).code;
    }
  }

  it(`are all valid through ${PAUSED_MS} ms without an answer`, async () => {
    const sids = await logIn(Math.ceil((PAUSED_MS + AFTERWARDS_MS) / EVERY_MS));
    server.pause();
    const resumed = delay(PAUSED_MS).then(() => server.resume());
    const answers: Promise<string>[] = [];
    for (const sid of sids) {
      answers.push(told(sid));
      await delay(EVERY_MS);
    }
    await resumed;
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['logged in']));
    expect(other.changes[0]?.reason, 'Redis was taken for away').to.equal('Redis did not answer within 250 ms');
  });

  it('are unknown while it is away, not over, and valid when it is back', async () => {
    const sids = await logIn(20);
    // What was logged out here is over, whatever Redis says later.
    const [gone = '', ...valid] = sids;
    await server.kill();
    await promisify(other.sessions.destroy.bind(other.sessions))(gone);
    expect(await told(gone)).to.equal('logged out');
    expect(new Set(await Promise.all(valid.map(told)))).to.deep.equal(new Set(['SESSION_UNKNOWN']));
    await server.start();
    // It begins empty; the machine that has them gives them back as their users come.
    await until('Redis is back', () => [home, other].every(({ state }) => state.status().degradedSinceMs === null));
    await Promise.all(valid.map((sid) => promisify(home.sessions.get.bind(home.sessions))(sid)));
    expect(new Set(await Promise.all(valid.map(told)))).to.deep.equal(new Set(['logged in']));
    expect(await told(gone)).to.equal('logged out');
  });
});
