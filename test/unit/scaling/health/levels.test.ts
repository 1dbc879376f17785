import { expect } from 'chai';
import { parseLevels, withLevels } from '../../../../src/scaling/health/levels.ts';
import { memory } from '../../../../src/scaling/health/memory.ts';
import { workerCount } from '../../../../src/scaling/health/worker-count.ts';

describe('levels of one’s own', () => {
  it('are read as probe=warning/critical', () => {
    expect(parseLevels(['memory=0.7/0.8', 'event-loop=50/200', 'nonsense'])).to.deep.equal([
      { probe: 'memory', warning: 0.7, critical: 0.8 },
      { probe: 'event-loop', warning: 50, critical: 200 },
    ]);
  });

  it('move where a level is left in proportion, and nothing else', () => {
    const { warning, critical, ...rest } = withLevels(memory.spec, parseLevels(['memory=0.5/0.6']));
    expect(warning?.set).to.equal(0.5);
    expect(warning?.clear).to.be.closeTo(0.8 * (0.5 / 0.85), 1e-9);
    expect(warning?.rise).to.equal(memory.spec.warning?.rise);
    expect(critical?.set).to.equal(0.6);
    expect({ ...rest, warning: memory.spec.warning, critical: memory.spec.critical }).to.deep.equal(memory.spec);
  });

  it('leave other probes as they are', () => {
    expect(withLevels(workerCount.spec, parseLevels(['memory=0.5/0.6']))).to.equal(workerCount.spec);
  });
});
