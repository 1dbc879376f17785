import { expect } from 'chai';
import { parseWorkersWish } from '../../../src/cli/app-definition.ts';

describe('parseWorkersWish', () => {
  it('reads counts, max, auto and what PM2 means by 0 and -1', () => {
    expect(parseWorkersWish('4')).to.deep.equal({ kind: 'fixed', count: 4 });
    expect(parseWorkersWish(2)).to.deep.equal({ kind: 'fixed', count: 2 });
    expect(parseWorkersWish('MAX')).to.deep.equal({ kind: 'max' });
    expect(parseWorkersWish(0)).to.deep.equal({ kind: 'max' });
    expect(parseWorkersWish('auto')).to.deep.equal({ kind: 'auto' });
    expect(parseWorkersWish('-1')).to.deep.equal({ kind: 'cores-minus', fewer: 1 });
  });

  it('knows nothing else', () => {
    for (const value of ['', 'many', '2.5', 1.5, '1001', '1e3', '+2', null, true, [2]]) {
      expect(parseWorkersWish(value), String(value)).to.equal(undefined);
    }
  });
});
