import http from 'node:http';
import type { Runtime } from './runtime.ts';
import { ask, type Figures, figures } from './state-app.ts';

const CONNECTIONS = 32;
const TICK_MS = 10;
const UNDER_WAY_LIMIT = 250;

interface Me {
  readonly user?: string;
  readonly visits?: number;
  readonly code?: string;
  /** How long the shared state took to give the session. */
  readonly loadMs?: number;
  readonly pid: number;
}

interface Sample {
  readonly atMs: number;
  /** Of the request, from the client's side; in it is the wait for a connection. */
  readonly tookMs: number;
}

/** Users of the state app who logged in, and what went wrong for them. */
export class StateUsers {
  /** What no user should have seen: another status than 200, or another user's page, or a forgotten visit. */
  readonly errors: string[] = [];
  /** Connections that broke under a request; it was sent again on another one. */
  readonly resets: string[] = [];
  readonly workers = new Set<number>();
  readonly #runtime: Runtime;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #cookies = new Map<string, string>();
  readonly #visits = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #requests: Sample[] = [];
  readonly #loads: Sample[] = [];
  #running = false;
  #loop: Promise<void> | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async logIn(count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `user-${index}`);
    await this.#each(names, async (user) => {
      const { status, headers } = await this.#ask<Me>('/users/login', { user });
      const [cookie] = headers['set-cookie'] ?? [];
      if (status !== 200 || cookie === undefined) throw new Error(`${user} could not log in: ${status}`);
      this.#cookies.set(user, String(cookie.split(';')[0]));
      this.#visits.set(user, 0);
    });
  }

  /** Has everybody look at their page once; those who were not shown it as it should be. */
  async wrong(): Promise<string[]> {
    const wrong: string[] = [];
    await this.#each([...this.#cookies.keys()], async (user) => {
      const problem = await this.#look(user).catch((error: Error) => `${user}: ${error.message}`);
      if (problem !== undefined) wrong.push(problem);
    });
    return wrong;
  }

  /** So many requests a second, each fifth one a visit that is saved, until `stop`. */
  run(perSecond: number): void {
    this.#running = true;
    this.#loop = this.#drive(perSecond);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop;
    await Promise.all(this.#underWay);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Of the requests that began between two times, and of the app's calls for their sessions. */
  latencies(fromMs: number, toMs = Number.POSITIVE_INFINITY): { requests: Figures; sessionLoads: Figures } {
    const within = (samples: readonly Sample[]): Figures =>
      figures(samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ tookMs }) => tookMs));
    return { requests: within(this.#requests), sessionLoads: within(this.#loads) };
  }

  async #drive(perSecond: number): Promise<void> {
    const users = [...this.#cookies.keys()];
    const startedMs = performance.now();
    let begun = 0;
    while (this.#running) {
      const due = ((performance.now() - startedMs) / 1_000) * perSecond;
      for (; begun < due; begun += 1) {
        // On a machine that can't serve so many, what is not begun is not asked later either.
        if (this.#underWay.size >= UNDER_WAY_LIMIT) continue;
        this.#begin(String(users[(begun * 7) % users.length]), begun % 5 === 0);
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  }

  #begin(user: string, visits: boolean): void {
    const atMs = performance.now();
    const one = (visits ? this.#visit(user) : this.#look(user))
      .catch((error: Error) => `${user}: ${error.message}`)
      .then((problem) => {
        if (problem !== undefined) this.errors.push(problem);
        this.#requests.push({ atMs, tookMs: performance.now() - atMs });
        this.#underWay.delete(one);
      });
    this.#underWay.add(one);
  }

  async #look(user: string): Promise<string | undefined> {
    const least = this.#visits.get(user) ?? 0;
    const atMs = performance.now();
    const { status, body } = await this.#ask<Me>('/users/me', undefined, this.#cookies.get(user));
    if (body.loadMs !== undefined) this.#loads.push({ atMs, tookMs: body.loadMs });
    if (status !== 200) return `${user}: ${status} ${JSON.stringify(body)}`;
    if (body.user !== user) return `${user} was shown the page of ${body.user}`;
    if (Number(body.visits) < least) return `${user} has ${body.visits} visits, and had ${least}`;
    return undefined;
  }

  async #visit(user: string): Promise<string | undefined> {
    if (this.#busy.has(user)) return undefined;
    this.#busy.add(user);
    try {
      const before = this.#visits.get(user) ?? 0;
      const { status, body } = await this.#ask<Me>('/users/visit', {}, this.#cookies.get(user));
      if (status !== 200) return `${user}: ${status} ${JSON.stringify(body)}`;
      this.#visits.set(user, Number(body.visits));
      return Number(body.visits) > before ? undefined : `${user} has ${body.visits} visits after ${before + 1}`;
    } finally {
      this.#busy.delete(user);
    }
  }

  /** Sends it again when its connection broke, as a browser does with what is safe to repeat. */
  async #ask<T extends { readonly pid: number }>(
    path: string,
    body: unknown,
    cookie?: string,
  ): ReturnType<typeof ask<T>> {
    const options = { agent: this.#agent, body, ...(cookie !== undefined && { cookie }) };
    for (let tries = 0; ; tries += 1) {
      try {
        const answer = await ask<T>(this.#runtime, path, options);
        this.workers.add(answer.body.pid);
        return answer;
      } catch (error) {
        if (tries === 3) throw error;
        this.resets.push(`${path}: ${(error as Error).message}`);
      }
    }
  }

  async #each(users: readonly string[], run: (user: string) => Promise<void>): Promise<void> {
    const left = [...users];
    const one = async (): Promise<void> => {
      for (let user = left.pop(); user !== undefined; user = left.pop()) await run(user);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  }
}
