/** A process of a test: it holds a cache and a PubSub over a shared state, and does what its parent tells it. */
import { type Cache, cache, type Target } from '../../../src/scaling/state/cache/index.ts';
import { pubsub } from '../../../src/scaling/state/pubsub/index.ts';
import { openState, type Reach } from './cache-backends.ts';

export type Command =
  /** Calls `get` so many times at once; the loader takes `loadMs` and gives `value`. */
  | {
      readonly kind: 'get';
      readonly key: string;
      readonly value: unknown;
      readonly calls?: number;
      readonly loadMs?: number;
    }
  | { readonly kind: 'hang'; readonly key: string }
  | { readonly kind: 'invalidate'; readonly target: Target }
  /** When each invalidation so far was heard, in nanoseconds of the machine's clock; not before there are `atLeast`. */
  | { readonly kind: 'heard'; readonly atLeast?: number }
  | { readonly kind: 'listen'; readonly channel: string }
  | { readonly kind: 'publish'; readonly channel: string; readonly from: number; readonly to: number }
  | { readonly kind: 'received'; readonly channel: string };

export interface Received {
  readonly numbers: number;
  /** How many did not follow the one before them. */
  readonly jumps: number;
  readonly last: number;
  readonly lost: number;
  readonly firstNs: string;
  readonly lastNs: string;
}

/** Publishing waits when so many are under way; more would only fill buffers. */
const UNDER_WAY = 200;
const NAME = 'reports';

const state = await openState(JSON.parse(process.env.CACHE_TEST_REACH ?? '') as Reach);
const bus = pubsub(state);
const reports: Cache = cache(state, { name: NAME, ttlMs: 60_000, lockMs: 500, stateTimeoutMs: 2_000 });
const heard: string[] = [];
const received = new Map<string, { -readonly [Field in keyof Received]: Received[Field] }>();

async function obey(command: Command): Promise<unknown> {
  switch (command.kind) {
    case 'get': {
      const { key, value, calls = 1, loadMs = 0 } = command;
      const load = async (): Promise<unknown> => {
        if (loadMs > 0) await new Promise((resolve) => setTimeout(resolve, loadMs));
        return value;
      };
      const values = await Promise.all(
        Array.from({ length: calls }, () => reports.get(key, load, { tags: ['sales'] })),
      );
      return { values: [...new Set(values)], stats: reports.stats() };
    }
    case 'hang':
      reports.get(command.key, () => new Promise(() => undefined), { tags: ['sales'] }).catch(() => undefined);
      while (reports.stats().loads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      return null;
    case 'invalidate': {
      const atNs = String(process.hrtime.bigint());
      return { atNs, spread: await reports.invalidate(command.target) };
    }
    case 'heard':
      while (heard.length < (command.atLeast ?? 0)) await new Promise((resolve) => setTimeout(resolve, 1));
      return heard;
    case 'listen':
      await listen(command.channel);
      return null;
    case 'publish':
      return publish(command.channel, command.from, command.to);
    case 'received':
      return received.get(command.channel) ?? null;
  }
}

async function listen(channel: string): Promise<void> {
  await bus.subscribe(channel, ({ data, lost }) => {
    const atNs = String(process.hrtime.bigint());
    const number = data as number;
    const before = received.get(channel);
    if (before === undefined) {
      received.set(channel, { numbers: 1, jumps: 0, last: number, lost, firstNs: atNs, lastNs: atNs });
      return;
    }
    before.numbers += 1;
    if (number !== before.last + 1) before.jumps += 1;
    before.last = number;
    before.lost += lost;
    before.lastNs = atNs;
  });
}

/** The numbers from `from` to `to`; how many could not be published. */
async function publish(channel: string, from: number, to: number): Promise<number> {
  let failed = 0;
  let underWay: Promise<void>[] = [];
  for (let number = from; number <= to; number += 1) {
    underWay.push(
      bus.publish(channel, number).catch(() => {
        failed += 1;
      }),
    );
    if (underWay.length < UNDER_WAY) continue;
    await Promise.all(underWay);
    underWay = [];
  }
  await Promise.all(underWay);
  return failed;
}

process.on('message', ({ id, command }: { id: number; command: Command }) => {
  obey(command).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit());

await reports.ready();
// After the cache's own listener, so that what it hears has been dropped when the time is taken.
await bus.subscribe(`cache:${NAME}`, ({ data }) => {
  if ((data as { kind: string }).kind === 'drop') heard.push(String(process.hrtime.bigint()));
});
process.send?.({ ready: true });
