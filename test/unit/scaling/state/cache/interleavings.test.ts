import { expect } from 'chai';
import fc from 'fast-check';
import { Cache, type Target } from '../../../../../src/scaling/state/cache/index.ts';
import { LocalState } from '../../../../../src/scaling/state/embedded/local-state.ts';
import { scheduledState } from './scheduled-state.ts';

/** What a client of one process does, one step after the other, while the clients of others do theirs. */
type Step = { readonly kind: 'get' } | { readonly kind: 'change'; readonly target: Target };

const TARGETS: readonly Target[] = [{ key: 'report' }, { tag: 'sales' }, { user: '7' }, { pattern: 'rep*' }];
const LABELS = { tags: ['sales'], user: '7' };

const steps = fc.array(
  fc.oneof(
    fc.constant({ kind: 'get' } as const),
    fc.record({ kind: fc.constant('change' as const), target: fc.constantFrom(...TARGETS) }),
  ),
  { minLength: 1, maxLength: 4 },
);

/** Three clients of two processes: the first two share one. */
const clients = fc.tuple(steps, steps, steps);

interface Run {
  readonly scheduler: fc.Scheduler;
  readonly clients: readonly (readonly Step[])[];
  readonly maxEntries: number;
  readonly fails?: () => boolean;
}

/** Throws if a process is given an older value after its own invalidation, or anybody an older one when all is quiet. */
async function play({ scheduler, clients, maxEntries, fails }: Run): Promise<void> {
  const inner = new LocalState({ memoryLimitBytes: 1_048_576 });
  const gate = async (label: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), label);
  };
  let isOver = false;
  let unheard = 0;
  const onMessage = (difference: number): void => {
    unheard += difference;
  };
  const failing = (): boolean => !isOver && (fails?.() ?? false);
  const caches = [0, 1].map(
    () =>
      new Cache<number>(scheduledState(inner, { gate, fails: failing, onMessage }), {
        name: 'reports',
        ttlMs: 3_600_000,
        maxEntries,
        pollMs: 1,
        lockMs: 100,
        waitMs: 10,
        stateRetryMs: 1,
        nowMs: () => 1_000,
      }),
  );
  let source = 0;
  const load = async (): Promise<number> => {
    await gate('loader begins');
    const seen = source;
    await gate('loader ends');
    return seen;
  };
  const get = (cache: Cache<number>): Promise<number> => cache.get('report', load, LABELS);
  /** Per process, the version that its invalidations so far are about. */
  const oldest = [0, 0];
  const client = async (process: 0 | 1, todo: readonly Step[]): Promise<void> => {
    const cache = caches[process] as Cache<number>;
    for (const step of todo) {
      if (step.kind === 'get') {
        const atLeast = oldest[process] as number;
        expect(await get(cache), 'after an invalidation in the same process').to.be.at.least(atLeast);
      } else {
        source += 1;
        const version = source;
        await cache.invalidate(step.target);
        oldest[process] = Math.max(oldest[process] as number, version);
      }
    }
  };
  try {
    const whole = Promise.all([client(0, clients[0] ?? []), client(0, clients[1] ?? []), client(1, clients[2] ?? [])]);
    await scheduler.waitFor(whole);
    isOver = true;
    // Until each invalidation has reached the state and been heard by the other process.
    const isQuiet = (): boolean => unheard === 0 && caches.every((cache) => cache.stats().unspread === 0);
    await scheduler.waitFor(until(isQuiet));
    for (const cache of caches) {
      expect(await scheduler.waitFor(get(cache)), 'when all is quiet').to.equal(source);
      expect(await scheduler.waitFor(get(cache)), 'again').to.equal(source);
    }
  } finally {
    isOver = true;
    await scheduler.waitFor(Promise.all(caches.map((cache) => cache.close())));
    await inner.close();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('Cache, whatever the order of events', () => {
  it('never puts back a value whose load began before an invalidation, with L1 and without', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), clients, fc.constantFrom(0, 10), async (scheduler, steps, maxEntries) => {
        await play({ scheduler, clients: steps, maxEntries });
      }),
      { numRuns: 300 },
    );
  });

  it('keeps to that, and gives no error of its own, when calls on the state fail at random', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        clients,
        fc.infiniteStream(fc.integer({ min: 0, max: 9 })),
        async (scheduler, steps, stream) => {
          await play({ scheduler, clients: steps, maxEntries: 10, fails: () => stream.next().value === 0 });
        },
      ),
      { numRuns: 150 },
    );
  });
});
