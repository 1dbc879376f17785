import { expect } from 'chai';
import { Heap } from '../../../../../../src/scaling/state/jobs/embedded/heap.ts';
import { SeededRandom } from '../../../../../helpers/seeded-random.ts';

describe('a heap', () => {
  it('gives its items in order, whatever is added and removed meanwhile', () => {
    const random = new SeededRandom(1);
    for (let round = 0; round < 50; round += 1) {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      for (let step = 0; step < 200; step += 1) {
        const kind = random.integer(0, 3);
        if (kind <= 1) {
          const item = random.integer(0, 50);
          heap.push(item);
          model.push(item);
          model.sort((a, b) => a - b);
        } else if (kind === 2) {
          expect(heap.pop()).to.equal(model.shift());
        } else {
          const item = random.integer(0, 50);
          const at = model.indexOf(item);
          expect(heap.remove(item)).to.equal(at !== -1);
          if (at !== -1) model.splice(at, 1);
        }
        expect(heap.size).to.equal(model.length);
        expect(heap.peek()).to.equal(model[0]);
      }
    }
  });
});
