/** One process's share of a load test, from its first user to its last answer. */
import { setMaxListeners } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Journey } from './journey.ts';
import { loadJourney } from './journeys/index.ts';
import { watchLag } from './lag-watch.ts';
import type { Meter } from './meter.ts';
import { arrivalMs, sourceAddress, userStartMs } from './pace.ts';
import type { Share } from './plan.ts';
import { kindOf, StepError } from './step-error.ts';
import { type UserSurroundings, VirtualUser } from './virtual-user.ts';

/** Wakes this much before an iteration is due: a timer is up to a millisecond late. */
const TIMER_MS = 1;

/**
 * Runs the share. Rounds under way when the time is over are finished: to drop them would leave out just the slowest answers.
 * @param stop ends it before its time
 */
export async function runShare(share: Share, meter: Meter, stop: AbortSignal): Promise<void> {
  const { plan, startAtMs } = share;
  const journey = await loadJourney(plan.journey);
  const startMs = performance.now() + (startAtMs - (performance.timeOrigin + performance.now()));
  const over = new AbortController();
  const ended = AbortSignal.any([over.signal, stop]);
  // Every user that waits listens.
  setMaxListeners(0, ended);
  const surroundings = { ...surroundingsOf(share, meter, ended), stopped: stop };
  await delay(Math.max(0, startMs - performance.now()), undefined, { signal: stop }).catch(() => undefined);
  const timer = setTimeout(() => over.abort(), Math.max(0, startMs + plan.durationMs - performance.now()));
  watchLag(meter, ended);
  const test = new ShareRun(share, journey, meter, surroundings, startMs);
  try {
    await (plan.ratePerS === null ? test.closedLoop() : test.openLoop(plan.ratePerS));
  } finally {
    clearTimeout(timer);
    await test.leave();
  }
}

function surroundingsOf({ plan }: Share, meter: Meter, ended: AbortSignal): UserSurroundings {
  const isSecure = new URL(plan.target).protocol === 'https:';
  const tls = plan.ca === null ? {} : { ca: plan.ca };
  return {
    plan,
    meter,
    ended,
    random: Math.random,
    send: isSecure
      ? (url, options, onResponse) => httpsRequest(url, { ...options, ...tls }, onResponse)
      : (url, options, onResponse) => httpRequest(url, options, onResponse),
    createAgent: (localAddress) => {
      const options = { keepAlive: true, ...(localAddress === undefined ? {} : { localAddress }) };
      return isSecure ? new SecureAgent({ ...options, ...tls }) : new Agent(options);
    },
  };
}

class ShareRun {
  readonly #share: Share;
  readonly #journey: Journey;
  readonly #meter: Meter;
  readonly #surroundings: UserSurroundings & { readonly stopped: AbortSignal };
  readonly #startMs: number;
  readonly #users: VirtualUser[] = [];

  constructor(
    share: Share,
    journey: Journey,
    meter: Meter,
    surroundings: UserSurroundings & { readonly stopped: AbortSignal },
    startMs: number,
  ) {
    this.#share = share;
    this.#journey = journey;
    this.#meter = meter;
    this.#surroundings = surroundings;
    this.#startMs = startMs;
  }

  /** Each user begins its next round when it is done with the last one, and has thought. */
  async closedLoop(): Promise<void> {
    const { plan, part, parts } = this.#share;
    const lives: Promise<void>[] = [];
    for (let number = part; number < plan.users; number += parts) {
      await this.#until(userStartMs(number, plan.users, plan.rampMs));
      if (this.#ended) break;
      lives.push(this.#live(this.#user(number)));
    }
    await Promise.all(lives);
  }

  async #live(user: VirtualUser): Promise<void> {
    this.#meter.users += 1;
    let isIn = await this.#begin(user);
    while (!this.#ended) {
      if (!isIn) {
        await delay(1_000, undefined, { signal: this.#surroundings.ended }).catch(() => undefined);
        if (!this.#ended) isIn = await this.#begin(user);
        continue;
      }
      const before = performance.now();
      await this.#iterate(user);
      await user.think();
      // A round without any wait must not keep the others from theirs.
      if (performance.now() === before) await delay(1);
    }
    this.#meter.users -= 1;
  }

  /** Rounds are begun by the clock; what finds no free user waits, and its waiting counts. */
  async openLoop(ratePerS: number): Promise<void> {
    const { plan, part, parts } = this.#share;
    const free: VirtualUser[] = [];
    for (let number = part; number < plan.users; number += parts) free.push(this.#user(number));
    const begun = await Promise.all(free.map((user) => this.#begin(user)));
    const ready = free.filter((_, index) => begun[index]);
    if (ready.length === 0) throw new StepError('no user could begin');
    const due: number[] = [];
    const work = new Set<Promise<void>>();
    const serve = async (user: VirtualUser): Promise<void> => {
      this.#meter.users += 1;
      for (let atMs = due.shift(); atMs !== undefined; atMs = due.shift()) {
        this.#meter.waiting = due.length;
        user.intend(atMs);
        await this.#iterate(user);
      }
      this.#meter.users -= 1;
      ready.push(user);
    };
    for (let number = part; ; number += parts) {
      const atMs = arrivalMs(number, ratePerS, plan.rampMs);
      if (atMs >= plan.durationMs) break;
      await this.#until(atMs);
      if (this.#ended) break;
      const intendedMs = this.#startMs + atMs;
      due.push(intendedMs);
      this.#meter.waiting = due.length;
      const user = ready.pop();
      if (user === undefined) continue;
      this.#meter.wasLate(performance.now() - intendedMs);
      const serving = serve(user).finally(() => work.delete(serving));
      work.add(serving);
    }
    // Who waits still is served by who is done, but not for ever: what a request may take is enough.
    const served = Promise.all(work);
    await Promise.race([served, delay(this.#stopped ? 0 : plan.timeoutMs, undefined, { ref: false })]);
    for (const _ of due.splice(0)) this.#meter.iterated('still waiting for a free user at the end');
    await served;
    this.#meter.waiting = 0;
  }

  async leave(): Promise<void> {
    await Promise.all(
      this.#users.map(async (user) => {
        await this.#journey.end?.(user).catch(() => undefined);
        await user.leave();
      }),
    );
  }

  get #stopped(): boolean {
    return this.#surroundings.stopped.aborted;
  }

  get #ended(): boolean {
    return this.#surroundings.ended.aborted;
  }

  #user(number: number): VirtualUser {
    const user = new VirtualUser(number, sourceAddress(number, this.#share.plan.sources), this.#surroundings);
    this.#users.push(user);
    return user;
  }

  async #begin(user: VirtualUser): Promise<boolean> {
    try {
      await this.#journey.begin?.(user);
      return true;
    } catch (error) {
      if (!(error instanceof StepError)) this.#meter.iterated(kindOf(error));
      return false;
    }
  }

  async #iterate(user: VirtualUser): Promise<void> {
    try {
      await this.#journey.run(user);
      this.#meter.iterated(null);
    } catch (error) {
      // A step's failure is counted with the step.
      this.#meter.iterated(error instanceof StepError ? '' : kindOf(error));
    }
  }

  /** Waits until a time since the beginning, or the end. */
  async #until(atMs: number): Promise<void> {
    const waitMs = this.#startMs + atMs - performance.now();
    if (waitMs > TIMER_MS) await delay(waitMs, undefined, { signal: this.#surroundings.ended }).catch(() => undefined);
  }
}
