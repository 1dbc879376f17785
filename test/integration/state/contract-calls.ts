import { expect } from 'chai';
import type { SharedState } from '../../../src/scaling/state/shared-state.ts';
import { all, type ContractContext, rejection } from './contract-context.ts';

const KEEP = { ttlMs: 1_000 };

/** Calls no driver may let through: what is wrong, and the call. */
const BAD_CALLS: readonly (readonly [string, (state: SharedState) => Promise<unknown>])[] = [
  ['an empty key', (state) => state.get('')],
  ['a key of more than 1,024 bytes', (state) => state.set('ü'.repeat(513), '')],
  ['a key that is no string', (state) => state.get(7 as unknown as string)],
  ['an empty key among many', (state) => state.getMany(['good', ''])],
  ['keys that are no list', (state) => state.delete('key' as unknown as string[])],
  ['a value that is neither text nor bytes', (state) => state.set('key', 7 as unknown as string)],
  ['no value', (state) => state.add('key', undefined as unknown as string)],
  ['a TTL of 0', (state) => state.set('key', '', { ttlMs: 0 })],
  ['a TTL below 0', (state) => state.expire('key', -1)],
  ['a TTL that is not whole', (state) => state.add('key', '', { ttlMs: 1.5 })],
  ['a TTL that is no number', (state) => state.set('key', '', { ttlMs: Number.NaN })],
  ['a TTL without end', (state) => state.increment('key', 1, Number.POSITIVE_INFINITY)],
  ['a deadline of 0', (state) => state.get('key', { timeoutMs: 0 })],
  ['half an increment', (state) => state.increment('key', 0.5, 1000)],
  ['an increment beyond what is exact', (state) => state.hashIncrement('key', 'field', 2 ** 53)],
  ['an empty field', (state) => state.hashSet('key', { '': 'value' })],
  ['a field without a value', (state) => state.hashSet('key', { field: null as unknown as string })],
  ['an empty member', (state) => state.setAdd('key', [''])],
  ['an empty channel', (state) => state.publish('', 'message')],
  ['a message that is no bytes', (state) => state.publish('channel', {} as unknown as string)],
  ['an empty channel to listen to', (state) => state.subscribe('', () => {})],
  ['a record without a TTL', (state) => state.records.compareAndSet('key', 0, '', {} as typeof KEEP)],
  ['an expected version below 0', (state) => state.records.compareAndSet('key', -1, '', KEEP)],
  ['version 0 to take over', (state) => state.records.setIfNewer('key', 0, '', KEEP)],
  ['a token without a name', (state) => state.reservations.reserve('key', '', [{ name: 'a', by: 1, max: 1 }])],
  ['no amounts', (state) => state.reservations.reserve('key', 'token', [])],
  ['an amount below 0', (state) => state.reservations.reserve('key', 'token', [{ name: 'a', by: -1, max: 1 }])],
  ['a scan for no text', (state) => all(state.scan(7 as unknown as string))],
];

/** One call of each sort that takes a signal. */
const CALLS: readonly (readonly [
  string,
  (state: SharedState, key: string, signal: AbortSignal) => Promise<unknown>,
])[] = [
  ['get', (state, key, signal) => state.get(key, { signal })],
  ['set', (state, key, signal) => state.set(key, 'aborted', { signal })],
  ['increment', (state, key, signal) => state.increment(key, 1, 1_000, { signal })],
  ['records.compareAndSet', (state, key, signal) => state.records.compareAndSet(key, 0, '', { ...KEEP, signal })],
  ['reservations.used', (state, key, signal) => state.reservations.used(key, { signal })],
  ['publish', (state, key, signal) => state.publish(key, 'aborted', { signal })],
  ['scan', (state, key, signal) => all(state.scan(key, { signal }))],
  ['ping', (state, _key, signal) => state.ping({ signal })],
];

export function describeCalls(context: ContractContext): void {
  describe('calls', () => {
    for (const [what, call] of BAD_CALLS) {
      it(`refuses ${what}`, async () => {
        const error = await rejection(call(context.state), 'STATE_BAD_ARGUMENT');
        expect(error.ambiguous).to.equal(false);
      });
    }

    for (const [name, call] of CALLS) {
      it(`does not begin ${name} for a caller that has gone`, async () => {
        const key = context.key();
        const error = await rejection(call(context.state, key, AbortSignal.abort()), 'STATE_ABORTED');
        expect(error.ambiguous).to.equal(false);
        expect(await context.state.delete([key])).to.equal(0);
      });
    }

    it('lets go of a call whose caller goes meanwhile, and of nothing else', async () => {
      const key = context.key();
      await context.state.set(key, 'there');
      const controller = new AbortController();
      const aborted = context.state.get(key, { signal: controller.signal });
      const other = context.state.get(key, { timeoutMs: 5_000 });
      controller.abort();
      if (context.answersAtOnce) expect(String(await aborted)).to.equal('there');
      else await rejection(aborted, 'STATE_ABORTED');
      expect(String(await other)).to.equal('there');
    });

    it('answers a ping in some milliseconds, and shows its status as JSON', async () => {
      expect(await context.state.ping()).to.be.within(0, 5_000);
      const status = JSON.parse(JSON.stringify(context.state.status())) as Record<string, unknown>;
      expect(status).to.include({ driver: context.state.driver, connected: true, degradedSinceMs: null, reason: null });
      expect(status.detail).to.be.an('object');
    });
  });
}
