import { expect } from 'chai';
import { SnapshotMemory } from '../../../src/cluster/snapshot-memory.ts';

describe('SnapshotMemory', () => {
  it('takes what a snapshot has added out of the figure that the limit is for', () => {
    const memory = new SnapshotMemory(100);
    memory.measured(800);
    expect(memory.without(800)).to.equal(100);
  });

  it('counts what the app takes on top of it', () => {
    const memory = new SnapshotMemory(100);
    memory.measured(800);
    memory.measured(850);
    expect(memory.without(850)).to.equal(150);
  });

  it('gives nothing away a second time: what was given back and comes again is the app’s', () => {
    const memory = new SnapshotMemory(100);
    memory.measured(800);
    memory.measured(300);
    memory.measured(800);
    expect(memory.without(800)).to.equal(600);
  });

  it('holds the figure of before until there is one of after', () => {
    const memory = new SnapshotMemory(100);
    expect(memory.without(800)).to.equal(100);
    expect(memory.without(90)).to.equal(90);
  });

  it('never makes a worker smaller than it is without one', () => {
    const memory = new SnapshotMemory(100);
    memory.measured(60);
    expect(memory.without(70)).to.equal(70);
  });
});
