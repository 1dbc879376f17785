import { expect } from 'chai';
import fc from 'fast-check';
import { Store } from '../../../../../../src/scaling/state/embedded/store/store.ts';

describe('reservations', () => {
  it('take all amounts or none, and say which did not fit', () => {
    const { reservations } = new Store(1e6);
    const both = (slots: number, mbps: number) => [
      { name: 'slots', by: slots, max: 10 },
      { name: 'mbps', by: mbps, max: 100 },
    ];
    expect(reservations.reserve('k', 'a', both(4, 90), 0)).to.deep.equal({ granted: true });
    expect(reservations.reserve('k', 'b', both(4, 20), 0)).to.deep.equal({
      granted: false,
      name: 'mbps',
      used: 90,
      max: 100,
    });
    expect(Object.fromEntries(reservations.used('k', 0))).to.deep.equal({ slots: 4, mbps: 90 });
    expect(reservations.reserve('k', 'b', both(6, 10), 0)).to.deep.equal({ granted: true });
    expect(reservations.reserve('k', 'c', both(1, 0), 0)).to.deep.equal({
      granted: false,
      name: 'slots',
      used: 10,
      max: 10,
    });
  });

  it('count a token once, however often it is reserved or released', () => {
    const { reservations } = new Store(1e6);
    const one = [{ name: 'slots', by: 1, max: 1 }];
    expect(reservations.reserve('k', 'a', one, 0).granted).to.equal(true);
    expect(reservations.reserve('k', 'a', one, 0).granted).to.equal(true);
    expect(reservations.tokens('k', 0)).to.deep.equal(['a']);
    expect(reservations.release('k', 'a', 0)).to.equal(true);
    expect(reservations.release('k', 'a', 0)).to.equal(false);
    expect(Object.fromEntries(reservations.used('k', 0))).to.deep.equal({});
  });

  it('are never more than the maximum, and exactly what the held tokens took', () => {
    const step = fc.record({ token: fc.nat(20), by: fc.nat(5), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { reservations } = new Store(1e6);
        const held = new Map<string, number>();
        for (const { token: number, by, release } of steps) {
          const token = `t${number}`;
          if (release) expect(reservations.release('k', token, 0)).to.equal(held.delete(token));
          else if (reservations.reserve('k', token, [{ name: 'n', by, max: 12 }], 0).granted && !held.has(token))
            held.set(token, by);
          const used = reservations.used('k', 0).get('n') ?? 0;
          expect(used).to.equal([...held.values()].reduce((sum, one) => sum + one, 0));
          expect(used).to.be.at.most(12);
        }
        expect([...reservations.tokens('k', 0)].sort()).to.deep.equal([...held.keys()].sort());
      }),
    );
  });
});
