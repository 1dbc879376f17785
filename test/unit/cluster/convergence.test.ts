import { expect } from 'chai';
import { converge } from '../../../src/cluster/convergence.ts';

const NOTHING = { start: [], cancel: [], surplus: 0 };

describe('convergence on the number of workers wanted', () => {
  it('starts as many as are missing, in the lowest slots that nobody has or waits for', () => {
    expect(converge(2, [], [])).to.deep.equal({ ...NOTHING, start: [0, 1] });
    expect(converge(4, [0, 2], [])).to.deep.equal({ ...NOTHING, start: [1, 3] });
    expect(converge(4, [1], [0])).to.deep.equal({ ...NOTHING, start: [2, 3] });
  });

  it('does nothing while as many start, serve or are to be started again', () => {
    expect(converge(3, [0, 1], [2])).to.deep.equal(NOTHING);
    expect(converge(0, [], [])).to.deep.equal(NOTHING);
  });

  it('counts a worker and its replacement once', () => {
    expect(converge(2, [0, 1, 1], [])).to.deep.equal(NOTHING);
    expect(converge(1, [0, 1, 1], [])).to.deep.equal({ ...NOTHING, surplus: 1 });
  });

  it('gives the slot of a worker that is leaving to its successor', () => {
    expect(converge(3, [0, 2], [])).to.deep.equal({ ...NOTHING, start: [1] });
  });

  it('lets workers leave that are too many', () => {
    expect(converge(1, [0, 1, 2], [])).to.deep.equal({ ...NOTHING, surplus: 2 });
  });

  it('calls planned restarts off before a worker has to leave', () => {
    expect(converge(2, [0, 1], [2, 3])).to.deep.equal({ ...NOTHING, cancel: [2, 3] });
    expect(converge(3, [0, 1], [2, 3])).to.deep.equal({ ...NOTHING, cancel: [2] });
    expect(converge(1, [0, 1], [2])).to.deep.equal({ start: [], cancel: [2], surplus: 1 });
  });
});
