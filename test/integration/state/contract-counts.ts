import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { type ContractContext, rejection } from './contract-context.ts';
import { expired } from './contract-values.ts';

const LONG_MS = 60_000;

export function describeCounts(context: ContractContext): void {
  describe('counts', () => {
    it('counts from nothing, and down', async () => {
      const key = context.key();
      expect(await context.state.count(key)).to.equal(undefined);
      expect((await context.state.increment(key, 5, LONG_MS)).value).to.equal(5);
      expect((await context.another.increment(key, -8, LONG_MS)).value).to.equal(-3);
      expect((await context.state.increment(key, 0, LONG_MS)).value).to.equal(-3);
      expect((await context.another.count(key))?.value).to.equal(-3);
    });

    it('counts every one of 400 concurrent increments over two connections, each once', async () => {
      const key = context.key();
      const counts = await Promise.all(
        Array.from({ length: 400 }, (_, index) =>
          (index % 2 === 0 ? context.state : context.another).increment(key, 1, LONG_MS),
        ),
      );
      const values = counts.map(({ value }) => value).sort((a, b) => a - b);
      expect(values).to.deep.equal(Array.from({ length: 400 }, (_, index) => index + 1));
    });

    it('lives from its first increment, whatever later ones say', async () => {
      const key = context.key();
      const first = await context.state.increment(key, 1, 300);
      expect(first.ttlMs).to.be.within(1, 300);
      const second = await context.another.increment(key, 1, LONG_MS);
      expect(second.value).to.equal(2);
      expect(second.ttlMs).to.be.within(1, 300);
      expect((await context.state.count(key))?.ttlMs).to.be.within(1, 300);
      await until('the count is gone', async () => (await context.state.count(key)) === undefined);
      expect(await context.state.increment(key, 1, LONG_MS)).to.deep.include({ value: 1 });
    });

    it('lives on when its time begins anew', async () => {
      const key = context.key();
      await context.state.increment(key, 7, 200);
      expect(await context.state.expire(key, LONG_MS)).to.equal(true);
      await expired(context, 250);
      expect(await context.state.count(key)).to.include({ value: 7 });
    });

    it('is exact up to the greatest safe integer, and refuses to go beyond', async () => {
      const key = context.key();
      const most = Number.MAX_SAFE_INTEGER;
      expect((await context.state.increment(key, most - 1, LONG_MS)).value).to.equal(most - 1);
      expect((await context.state.increment(key, 1, LONG_MS)).value).to.equal(most);
      await rejection(context.state.increment(key, 1, LONG_MS), 'STATE_BAD_ARGUMENT');
      expect((await context.another.count(key))?.value).to.equal(most);
    });
  });
}
