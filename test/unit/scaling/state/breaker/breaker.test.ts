import { expect } from 'chai';
import { Breaker, type BreakerChange } from '../../../../../src/scaling/state/breaker/breaker.ts';
import type { BreakerClock } from '../../../../../src/scaling/state/breaker/clock.ts';
import type { BreakerError } from '../../../../../src/scaling/state/breaker/errors.ts';
import { breaker, breakerReports, breakers, resetBreakers } from '../../../../../src/scaling/state/breaker/index.ts';
import { settingsOf } from '../../../../../src/scaling/state/breaker/options.ts';
import { readMeters } from '../../../../../src/scaling/state/meters.ts';

/** Time that stands until a test moves it. */
class HandClock implements BreakerClock {
  #nowMs = 1_000;
  #timers = new Set<{ dueMs: number; wake: () => void }>();

  readonly nowMs = (): number => this.#nowMs;
  readonly after = (delayMs: number, wake: () => void): (() => void) => {
    const timer = { dueMs: this.#nowMs + delayMs, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.dueMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.wake();
    }
  }
}

const LIMITS = { failureThreshold: 2, successThreshold: 2, timeoutMs: 100, resetTimeoutMs: 1_000 };

function made(options = {}): { one: Breaker; clock: HandClock; changes: BreakerChange[] } {
  const clock = new HandClock();
  const one = new Breaker('test', settingsOf('test', { ...LIMITS, ...options }), clock);
  const changes: BreakerChange[] = [];
  one.onChange((change) => changes.push(change));
  return { one, clock, changes };
}

async function fail(one: Breaker, times = 1): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    expect((await rejection(one.execute(() => Promise.reject(new Error('away'))))).message).to.equal('away');
  }
}

async function rejection(promise: Promise<unknown>): Promise<BreakerError> {
  return promise.then(
    () => expect.fail('it resolved'),
    (error) => error,
  );
}

function stateGauge(name: string): number | undefined {
  return readMeters().find(([key]) => key === `breaker_state\t${name}`)?.[1];
}

describe('Breaker', () => {
  it('passes results and errors through while closed', async () => {
    const { one } = made();
    expect(await one.execute(() => 7)).to.equal(7);
    expect(await one.execute(async () => 'later')).to.equal('later');
    await fail(one);
    expect(one.state).to.equal('closed');
  });

  it('opens after the threshold and rejects with CIRCUIT_OPEN without calling', async () => {
    const { one, changes } = made();
    await fail(one, 2);
    let called = false;
    const error = await rejection(
      one.execute(() => {
        called = true;
      }),
    );
    expect(error).to.include({ code: 'CIRCUIT_OPEN', circuitBreakerOpen: true, breaker: 'test', retryAfterMs: 1_000 });
    expect(called).to.equal(false);
    expect(changes).to.deep.equal([{ name: 'test', from: 'closed', to: 'open', reason: 'away' }]);
    expect(stateGauge('test')).to.equal(2);
  });

  it('becomes half-open by time alone, and tells listeners and the gauge without a call', async () => {
    const { one, clock, changes } = made();
    await fail(one, 2);
    clock.advance(999);
    expect(changes).to.have.length(1);
    clock.advance(1);
    expect(changes[1]).to.deep.equal({ name: 'test', from: 'open', to: 'half-open', reason: null });
    expect(stateGauge('test')).to.equal(1);
  });

  it('lets only as many calls through at once while half-open as it needs successes, and closes with them', async () => {
    const { one, clock, changes } = made();
    await fail(one, 2);
    clock.advance(1_000);
    const finish: ((value: number) => void)[] = [];
    const trials = [0, 1].map(() =>
      one.execute(
        () =>
          new Promise<number>((resolve) => {
            finish.push(resolve);
          }),
      ),
    );
    expect((await rejection(one.execute(() => 3))).code).to.equal('CIRCUIT_OPEN');
    finish.forEach((resolve, index) => {
      resolve(index);
    });
    expect(await Promise.all(trials)).to.deep.equal([0, 1]);
    expect(changes.map(({ to }) => to)).to.deep.equal(['open', 'half-open', 'closed']);
    expect(stateGauge('test')).to.equal(0);
  });

  it('opens again with the first failure while half-open', async () => {
    const { one, clock } = made();
    await fail(one, 2);
    clock.advance(1_000);
    await fail(one);
    expect(one.state).to.equal('open');
    clock.advance(999);
    expect(one.state).to.equal('open');
  });

  it('does not count the outcome of a call that was begun before it opened', async () => {
    const { one, clock } = made();
    let finish: (value: string) => void = () => {};
    const early = one.execute(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
      {},
    );
    await fail(one, 2);
    clock.advance(50);
    finish('early');
    expect(await early).to.equal('early');
    clock.advance(950);
    expect(one.state).to.equal('half-open');
    await one.execute(() => 1);
    expect(one.state, 'one success of two').to.equal('half-open');
  });

  it('rejects a call that takes too long with CIRCUIT_TIMEOUT, aborts its signal and counts a failure', async () => {
    const { one, clock } = made();
    let given: AbortSignal | undefined;
    const slow = one.execute((signal) => {
      given = signal;
      return new Promise(() => {});
    });
    await Promise.resolve();
    clock.advance(100);
    const error = await rejection(slow);
    expect(error).to.include({ code: 'CIRCUIT_TIMEOUT', circuitBreakerOpen: false });
    expect(given?.aborted).to.equal(true);
    expect(one.report()).to.include({ failedRequests: 1, timedOutRequests: 1 });
  });

  it('leaves no timer behind a call that ended', async () => {
    const { one, clock } = made();
    await one.execute(() => 1);
    await fail(one);
    expect(clock.timers).to.equal(0);
  });

  it('counts a call that its caller gave up neither way', async () => {
    const { one, clock } = made();
    await fail(one, 2);
    clock.advance(1_000);
    const controller = new AbortController();
    const given = one.execute(() => new Promise(() => {}), { signal: controller.signal });
    controller.abort(new Error('enough'));
    expect((await rejection(given)).message).to.equal('enough');
    await one.execute(() => 1);
    await one.execute(() => 1);
    expect(one.state).to.equal('closed');
  });

  it('counts a rejection that is none of the other side’s failures as a success', async () => {
    const { one } = made({ isFailure: (error: unknown) => (error as Error).message !== 'not found' });
    await fail(one);
    await rejection(one.execute(() => Promise.reject(new Error('not found'))));
    await fail(one);
    expect(one.state).to.equal('closed');
    expect(one.report()).to.include({ successfulRequests: 1, failedRequests: 2 });
  });

  it('reports what it has seen', async () => {
    const { one, clock } = made();
    await one.execute(() => 1);
    await fail(one, 2);
    await rejection(one.execute(() => 1));
    clock.advance(400);
    expect(one.report()).to.deep.equal({
      state: 'open',
      totalRequests: 4,
      successfulRequests: 1,
      failedRequests: 2,
      timedOutRequests: 0,
      rejectedRequests: 1,
      successRate: 1 / 3,
      lastFailure: 'away',
      retryAfterMs: 600,
    });
  });

  it('closes at a reset and stays closed when the old time runs out', async () => {
    const { one, clock, changes } = made();
    await fail(one, 2);
    one.reset();
    expect(await one.execute(() => 1)).to.equal(1);
    clock.advance(5_000);
    expect(changes.map(({ to }) => to)).to.deep.equal(['open', 'closed']);
    expect(clock.timers).to.equal(0);
  });

  it('gives the call’s own error although a listener throws', async () => {
    const { one } = made({ failureThreshold: 1 });
    one.onChange(() => {
      throw new Error('a listener');
    });
    await fail(one);
    expect(one.state).to.equal('open');
  });

  it('tells a listener nothing more once it has ended', async () => {
    const { one } = made();
    const heard: string[] = [];
    const end = one.onChange(({ to }) => heard.push(to));
    await fail(one, 2);
    end();
    one.reset();
    expect(heard).to.deep.equal(['open']);
  });
});

describe('breaker()', () => {
  it('gives the same breaker for the same name, and lists it', async () => {
    const one = breaker('registry-same', { failureThreshold: 3 });
    expect(breaker('registry-same')).to.equal(one);
    expect(breaker('registry-same', { failureThreshold: 3 })).to.equal(one);
    expect(breakers().get('registry-same')).to.equal(one);
    expect(breakerReports()['registry-same']).to.include({ state: 'closed', totalRequests: 0 });
  });

  it('has the defaults of 5 failures, 2 successes, 10 s and 60 s', () => {
    expect(breaker('registry-defaults').settings).to.include({
      failureThreshold: 5,
      successThreshold: 2,
      timeoutMs: 10_000,
      resetTimeoutMs: 60_000,
    });
  });

  it('refuses another figure for a name that exists, and says which it has', () => {
    breaker('registry-other', { timeoutMs: 50 });
    expect(() => breaker('registry-other', { timeoutMs: 60 })).to.throw('timeoutMs 50, not 60');
  });

  it('refuses figures that are no whole number of at least 1, and an empty name', () => {
    for (const given of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      expect(() => breaker('registry-bad', { timeoutMs: given }), String(given)).to.throw(`timeoutMs of breaker`);
    }
    expect(() => breaker('')).to.throw('1 to 200 characters');
    expect(breakers().has('registry-bad')).to.equal(false);
  });

  it('resets one by name, and knows which there is not', async () => {
    const one = breaker('registry-reset', { failureThreshold: 1 });
    await fail(one);
    expect(resetBreakers('registry-none')).to.equal(false);
    expect(one.state).to.equal('open');
    expect(resetBreakers('registry-reset')).to.equal(true);
    expect(one.state).to.equal('closed');
  });
});
