import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { RunDelay } from '../../../../src/cluster/agent/run-delay.ts';

describe('RunDelay', () => {
  let file: string;
  before(() => {
    file = path.join(mkdtempSync(path.join(tmpdir(), 'tidegate-schedstat-')), 'schedstat');
  });
  after(() => rmSync(path.dirname(file), { recursive: true }));

  it('is the second figure of schedstat, nanoseconds, read anew each time', () => {
    writeFileSync(file, '93127841 1500000 212\n');
    const runDelay = new RunDelay(file);
    expect(runDelay.totalMs()).to.equal(1.5);
    writeFileSync(file, '93127842 2750000 213\n');
    expect(runDelay.totalMs()).to.equal(2.75);
  });

  it('is null where there is no such file', () => {
    expect(new RunDelay(path.join(path.dirname(file), 'none')).totalMs()).to.equal(null);
  });

  it('is null where the file says something else', () => {
    for (const content of ['', 'disabled', '12']) {
      writeFileSync(file, content);
      expect(new RunDelay(file).totalMs(), content).to.equal(null);
    }
  });

  it('never falls, for this very process', function () {
    const runDelay = new RunDelay();
    const first = runDelay.totalMs();
    if (first === null) this.skip();
    expect(first).to.be.at.least(0);
    expect(runDelay.totalMs()).to.be.at.least(first);
  });
});
