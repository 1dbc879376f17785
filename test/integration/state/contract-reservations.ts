import { expect } from 'chai';
import type { Amount } from '../../../src/scaling/state/shared-state.ts';
import type { ContractContext } from './contract-context.ts';

const slots = (by: number, max: number): Amount => ({ name: 'slots', by, max });

export function describeReservations(context: ContractContext): void {
  describe('reservations', () => {
    it('grants 10 of 50 concurrent requests for 10 free slots', async () => {
      const key = context.key();
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0 ? context.state : context.another).reservations.reserve(key, `t${index}`, [slots(1, 10)]),
        ),
      );
      const granted = results.flatMap(({ granted }, index) => (granted ? [`t${index}`] : []));
      expect(granted).to.have.length(10);
      expect(results.find((result) => !result.granted)).to.deep.equal({
        granted: false,
        name: 'slots',
        used: 10,
        max: 10,
      });
      expect(await context.state.reservations.used(key)).to.deep.equal({ slots: 10 });
      expect([...(await context.another.reservations.tokens(key))].sort()).to.deep.equal(granted.sort());
    });

    it('counts a token once, however often it is asked for or given back', async () => {
      const { reservations } = context.state;
      const key = context.key();
      for (let time = 0; time < 3; time++) {
        expect(await reservations.reserve(key, 'token', [slots(2, 3)])).to.deep.equal({ granted: true });
      }
      expect(await reservations.used(key)).to.deep.equal({ slots: 2 });
      expect(await context.another.reservations.release(key, 'token')).to.equal(true);
      expect(await reservations.release(key, 'token')).to.equal(false);
      expect(await reservations.release(key, 'never taken')).to.equal(false);
      expect(await reservations.used(key)).to.deep.equal({});
      expect(await reservations.tokens(key)).to.deep.equal([]);
    });

    it('takes all amounts or none', async () => {
      const { reservations } = context.state;
      const key = context.key();
      const amounts = (slotsMax: number, bandwidthMax: number) => [
        slots(1, slotsMax),
        { name: 'bandwidth ⇅', by: 100, max: bandwidthMax },
      ];
      expect(await reservations.reserve(key, 'a', amounts(5, 150))).to.deep.equal({ granted: true });
      expect(await reservations.reserve(key, 'b', amounts(5, 150))).to.deep.equal({
        granted: false,
        name: 'bandwidth ⇅',
        used: 100,
        max: 150,
      });
      expect(await context.another.reservations.used(key)).to.deep.equal({ slots: 1, 'bandwidth ⇅': 100 });
      expect(await reservations.reserve(key, 'b', amounts(5, 200))).to.deep.equal({ granted: true });
      await reservations.release(key, 'a');
      expect(await reservations.used(key)).to.deep.equal({ slots: 1, 'bandwidth ⇅': 100 });
    });

    it('judges by the maximum of the request, and gives back what was taken by it', async () => {
      const { reservations } = context.state;
      const key = context.key();
      expect(await reservations.reserve(key, 'big', [slots(8, 10)])).to.deep.equal({ granted: true });
      expect(await reservations.reserve(key, 'small', [slots(1, 5)])).to.deep.equal({
        granted: false,
        name: 'slots',
        used: 8,
        max: 5,
      });
      // The token is held: what it asks for now is not looked at.
      expect(await reservations.reserve(key, 'big', [slots(1, 1)])).to.deep.equal({ granted: true });
      expect(await reservations.release(key, 'big')).to.equal(true);
      expect(await reservations.reserve(key, 'small', [slots(1, 5)])).to.deep.equal({ granted: true });
    });

    it('grants nothing of a maximum of 0, and an amount of 0 always within it', async () => {
      const { reservations } = context.state;
      const key = context.key();
      expect(await reservations.reserve(key, 'one', [slots(1, 0)])).to.include({ granted: false });
      expect(await reservations.reserve(key, 'none', [slots(0, 0)])).to.deep.equal({ granted: true });
      expect(await reservations.tokens(key)).to.deep.equal(['none']);
      expect(await reservations.release(key, 'none')).to.equal(true);
    });

    it('grants exactly what is free while others give back', async () => {
      const key = context.key();
      let held = 0;
      let most = 0;
      const worker = async (index: number): Promise<void> => {
        const { reservations } = index % 2 === 0 ? context.state : context.another;
        for (let round = 0; round < 5; round++) {
          if (!(await reservations.reserve(key, `w${index}`, [slots(1, 4)])).granted) continue;
          held++;
          most = Math.max(most, held);
          held--;
          expect(await reservations.release(key, `w${index}`)).to.equal(true);
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, index) => worker(index)));
      expect(most).to.be.within(1, 4);
      expect(await context.state.reservations.used(key)).to.deep.equal({});
    });
  });
}
