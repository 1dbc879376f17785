import { expect } from 'chai';
import { burnCpu } from '../../../../src/app/services/cpu-work.ts';

describe('CPU work', () => {
  it('goes on until the CPU time asked for is used', () => {
    const readingsMs = [100, 103, 106, 111];
    const clock = (): number => readingsMs.shift() ?? Number.POSITIVE_INFINITY;
    expect(burnCpu(10, clock)).to.deep.equal({ cpuMs: 11, rounds: 3 });
    expect(readingsMs).to.deep.equal([]);
  });

  it('uses CPU time of this process', () => {
    const before = process.cpuUsage();
    const work = burnCpu(5);
    const { user, system } = process.cpuUsage(before);
    expect(work.cpuMs).to.be.at.least(5);
    expect(work.rounds).to.be.at.least(1);
    expect((user + system) / 1_000).to.be.at.least(5);
  });
});
