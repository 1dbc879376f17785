import { expect } from 'chai';
import { StateError } from '../../../../../src/scaling/state/errors.ts';
import { PrimaryFailed } from '../../../../../src/scaling/state/fallback/failure.ts';
import { PrimaryGuard } from '../../../../../src/scaling/state/fallback/primary-guard.ts';
import { HandClock, turns } from './hand-clock.ts';

function made(): { guard: PrimaryGuard; clock: HandClock; failures: string[] } {
  const clock = new HandClock();
  const failures: string[] = [];
  const guard: PrimaryGuard = new PrimaryGuard({
    detectMs: 100,
    clock,
    onFailure: (reason) => {
      failures.push(reason);
      guard.close(reason);
    },
  });
  return { guard, clock, failures };
}

const never = (): Promise<never> => new Promise(() => {});

/** How a call ended; `waits` while it has not. */
function watch(promise: Promise<unknown>): { outcome: string } {
  const seen = { outcome: 'waits' };
  promise.then(
    (value) => {
      seen.outcome = `gave ${value}`;
    },
    (error) => {
      seen.outcome = error instanceof PrimaryFailed ? error.reason : error.message;
    },
  );
  return seen;
}

describe('PrimaryGuard', () => {
  it('passes answers through, and errors that are the call’s own', async () => {
    const { guard, failures } = made();
    expect(await guard.run(async () => 5)).to.equal(5);
    const own = new StateError('STATE_WRONG_TYPE', 'a hash');
    const seen = watch(guard.run(() => Promise.reject(own)));
    await turns();
    expect(seen.outcome).to.equal('a hash');
    expect(failures).to.deep.equal([]);
    expect(guard.waiting).to.equal(0);
  });

  it('releases all that wait as soon as one has waited too long, and lets none through after that', async () => {
    const { guard, clock, failures } = made();
    const first = watch(guard.run(never));
    await clock.advance(60);
    const second = watch(guard.run(never));
    await clock.advance(39);
    expect([first.outcome, second.outcome]).to.deep.equal(['waits', 'waits']);
    await clock.advance(1);
    expect([first.outcome, second.outcome]).to.deep.equal(['slow', 'slow']);
    let asked = false;
    const third = watch(
      guard.run(async () => {
        asked = true;
      }),
    );
    await turns();
    expect(third.outcome).to.equal('degraded');
    expect(asked).to.equal(false);
    expect(failures).to.deep.equal(['slow']);
  });

  it('notices a hung part although the rest answers', async () => {
    const { guard, clock, failures } = made();
    const hung = watch(guard.run(never));
    for (let i = 0; i < 10; i += 1) {
      await guard.run(async () => i).catch(() => {});
      await clock.advance(10);
    }
    expect(hung.outcome).to.equal('slow');
    expect(failures).to.deep.equal(['slow']);
  });

  it('releases those that wait when another call fails', async () => {
    const { guard, failures } = made();
    const waiting = watch(guard.run(never));
    const failing = watch(guard.run(() => Promise.reject(new StateError('STATE_UNAVAILABLE', 'CLUSTERDOWN'))));
    await turns();
    expect([waiting.outcome, failing.outcome]).to.deep.equal(['unavailable', 'unavailable']);
    expect(failures).to.deep.equal(['unavailable']);
  });

  it('does not hear of calls it has released', async () => {
    const { guard, clock, failures } = made();
    let failLate: (error: Error) => void = () => {};
    const late = watch(
      guard.run(
        () =>
          new Promise((_, reject) => {
            failLate = reject;
          }),
      ),
    );
    await clock.advance(100);
    guard.open();
    failLate(new StateError('STATE_TIMEOUT', 'late'));
    await turns();
    expect(late.outcome).to.equal('slow');
    expect(failures).to.deep.equal(['slow']);
    expect(guard.closed).to.equal(false);
  });

  it('takes no pause of its own process for one of Redis', async () => {
    const { guard, clock, failures } = made();
    let answer: (value: string) => void = () => {};
    const call = watch(
      guard.run(
        () =>
          new Promise<string>((resolve) => {
            answer = resolve;
          }),
      ),
    );
    clock.stall(500);
    answer('in time');
    await turns();
    await clock.advance(100);
    expect(call.outcome).to.equal('gave in time');
    expect(failures).to.deep.equal([]);
  });

  it('still notices a hung Redis after a pause of its own', async () => {
    const { guard, clock, failures } = made();
    const call = watch(guard.run(never));
    clock.stall(500);
    await clock.advance(25);
    expect(call.outcome).to.equal('slow');
    expect(failures).to.deep.equal(['slow']);
  });

  /** Calls whose answers come one every 10 ms, in the order of the calls, up to a number of them. */
  function queued(guard: PrimaryGuard, calls: number): { answerNext: () => void; seen: { outcome: string }[] } {
    const answers: (() => void)[] = [];
    const seen = Array.from({ length: calls }, (_, index) =>
      watch(guard.run(() => new Promise((resolve) => answers.push(() => resolve(index))))),
    );
    return { answerNext: () => answers.shift()?.(), seen };
  }

  it('takes a backlog of its own for no outage: answers come all the time, and in order', async () => {
    const { guard, clock, failures } = made();
    const { answerNext, seen } = queued(guard, 40);
    for (let i = 0; i < 40; i += 1) {
      await clock.advance(10);
      answerNext();
      await turns();
    }
    expect(failures).to.deep.equal([]);
    expect(seen.map(({ outcome }) => outcome)).to.deep.equal(seen.map((_, index) => `gave ${index}`));
  });

  it('notices that a backlog has come to a stand', async () => {
    const { guard, clock, failures } = made();
    const { answerNext, seen } = queued(guard, 40);
    for (let i = 0; i < 20; i += 1) {
      await clock.advance(10);
      answerNext();
      await turns();
    }
    await clock.advance(99);
    expect(failures).to.deep.equal([]);
    await clock.advance(26);
    expect(failures).to.deep.equal(['slow']);
    expect(seen[19]?.outcome).to.equal('gave 19');
    expect(seen[20]?.outcome).to.equal('slow');
  });

  it('bears no backlog for longer than nine times the limit', async () => {
    const { guard, clock, failures } = made();
    const { answerNext } = queued(guard, 200);
    for (let i = 0; i < 95 && failures.length === 0; i += 1) {
      await clock.advance(10);
      answerNext();
      await turns();
    }
    expect(failures).to.deep.equal(['slow']);
    expect(clock.nowMs() - 1_000).to.be.within(900, 925);
  });

  it('gives large calls the time they ask for', async () => {
    const { guard, clock } = made();
    const large = watch(guard.run(never, 1_000));
    await clock.advance(1_099);
    expect(large.outcome).to.equal('waits');
    await clock.advance(1);
    expect(large.outcome).to.equal('slow');
  });

  it('notices a short call that hangs behind a large one', async () => {
    const { guard, clock } = made();
    watch(guard.run(never, 1_000));
    const short = watch(guard.run(never));
    await clock.advance(100);
    expect(short.outcome).to.equal('slow');
  });

  it('keeps no call that throws at once among those that wait', async () => {
    const { guard } = made();
    const thrown = watch(
      guard.run(() => {
        throw new StateError('STATE_BAD_ARGUMENT', 'no key');
      }),
    );
    await turns();
    expect(thrown.outcome).to.equal('no key');
    expect(guard.waiting).to.equal(0);
  });
});
