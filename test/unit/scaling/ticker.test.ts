import { execFile } from 'node:child_process';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Ticker, type TickerClock } from '../../../src/scaling/ticker.ts';

/** A clock that stands still until it is told to go on. */
class HandClock implements TickerClock {
  wakeUps = 0;
  #nowMs = 0;
  #timer: { readonly atMs: number; readonly wake: () => void } | null = null;

  readonly nowMs = (): number => this.#nowMs;

  readonly after = (delayMs: number, wake: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, wake };
    this.#timer = timer;
    return () => {
      if (this.#timer === timer) this.#timer = null;
    };
  };

  get armed(): boolean {
    return this.#timer !== null;
  }

  /** Goes on by `byMs`, stopping wherever the timer wants it. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (let timer = this.#timer; timer !== null && timer.atMs <= untilMs; timer = this.#timer) {
      this.#nowMs = timer.atMs;
      this.#fire(timer);
    }
    this.#nowMs = untilMs;
  }

  /** The process was stopped: the time is over, and no timer fired meanwhile. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
    if (this.#timer !== null) this.#fire(this.#timer);
  }

  #fire(timer: { readonly wake: () => void }): void {
    this.#timer = null;
    this.wakeUps += 1;
    timer.wake();
  }
}

describe('Ticker', () => {
  let clock: HandClock;
  let errors: [string, unknown][];
  let ticker: Ticker;

  beforeEach(() => {
    clock = new HandClock();
    errors = [];
    ticker = new Ticker({ clock, onError: (name, error) => errors.push([name, error]) });
  });

  it('runs each task at its own period, first after one period', () => {
    const ran: string[] = [];
    ticker.every(100, 'fast', () => {
      ran.push(`fast ${clock.nowMs()}`);
    });
    ticker.every(250, 'slow', () => {
      ran.push(`slow ${clock.nowMs()}`);
    });
    clock.advance(300);
    expect(ran).to.deep.equal(['fast 100', 'fast 200', 'slow 250', 'fast 300']);
  });

  it('wakes only when a task is due, and once for tasks that are due together', () => {
    ticker.every(1_000, 'one', () => {});
    ticker.every(5_000, 'two', () => {});
    clock.advance(10_000);
    expect(clock.wakeUps).to.equal(10);
  });

  it('skips a task that is still running, and runs it again afterwards', async () => {
    let finish = (): void => {};
    let runs = 0;
    ticker.every(100, 'long', () => {
      runs += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    clock.advance(350);
    expect(runs).to.equal(1);
    finish();
    await new Promise(setImmediate);
    clock.advance(100);
    expect(runs).to.equal(2);
  });

  it('does not catch up on what was missed while the process was stopped', () => {
    let runs = 0;
    ticker.every(100, 'task', () => {
      runs += 1;
    });
    clock.jump(10_050);
    expect(runs).to.equal(1);
    clock.advance(99);
    expect(runs).to.equal(1);
    clock.advance(1);
    expect(runs).to.equal(2);
  });

  it('hands on what a task throws or rejects with, by name, and goes on', async () => {
    const thrown = new Error('thrown');
    const rejected = new Error('rejected');
    ticker.every(100, 'throws', () => {
      throw thrown;
    });
    ticker.every(100, 'rejects', async () => {
      throw rejected;
    });
    clock.advance(100);
    await new Promise(setImmediate);
    expect(errors).to.deep.equal([
      ['throws', thrown],
      ['rejects', rejected],
    ]);
    clock.advance(100);
    await new Promise(setImmediate);
    expect(errors).to.have.length(4);
  });

  it('ends one task and leaves the others', () => {
    const ran: string[] = [];
    const end = ticker.every(100, 'ended', () => {
      ran.push('ended');
    });
    ticker.every(100, 'other', () => {
      ran.push('other');
    });
    clock.advance(100);
    end();
    clock.advance(100);
    expect(ran).to.deep.equal(['ended', 'other', 'other']);
  });

  it('lets a task end another one that is due at the same moment', () => {
    const ran: string[] = [];
    let endSecond = (): void => {};
    ticker.every(100, 'first', () => {
      ran.push('first');
      endSecond();
    });
    endSecond = ticker.every(100, 'second', () => {
      ran.push('second');
    });
    clock.advance(100);
    expect(ran).to.deep.equal(['first']);
  });

  it('holds no timer without a task', () => {
    const end = ticker.every(100, 'task', () => {});
    expect(clock.armed).to.equal(true);
    end();
    expect(clock.armed).to.equal(false);
  });

  it('stops for good, and waits for what is running', async () => {
    const order: string[] = [];
    let finish = (): void => {};
    ticker.every(100, 'long', () => {
      const work = new Promise<void>((resolve) => {
        finish = resolve;
      });
      return work.then(() => {
        order.push('finished');
      });
    });
    clock.advance(100);
    const stopped = ticker.stop().then(() => order.push('stopped'));
    ticker.every(100, 'late', () => {
      order.push('late');
    });
    clock.advance(1_000);
    finish();
    await stopped;
    expect(order).to.deep.equal(['finished', 'stopped']);
    expect(clock.armed).to.equal(false);
  });

  it('refuses a period that is no time', () => {
    for (const period of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => ticker.every(period, 'task', () => {})).to.throw(RangeError, `the period of task is ${period}`);
    }
  });

  it('runs on the real clock', async () => {
    const real = new Ticker({ onError: (_, error) => expect.fail(String(error)) });
    // The ticker alone would let the process end.
    const keepAlive = setTimeout(() => {}, 10_000);
    await new Promise<void>((resolve) => {
      real.every(2, 'task', resolve);
    });
    clearTimeout(keepAlive);
    await real.stop();
  });

  it('does not keep a process alive', async () => {
    const module = new URL(`../../../src/scaling/ticker${extname(import.meta.url)}`, import.meta.url);
    const script = `import { Ticker } from ${JSON.stringify(module.href)};
      new Ticker({ onError() {} }).every(3_600_000, 'task', () => {});`;
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stderr).to.equal('');
  });
});
