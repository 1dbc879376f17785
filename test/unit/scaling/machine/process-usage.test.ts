import { expect } from 'chai';
import type pidusage from 'pidusage';
import { ProcessUsage } from '../../../../src/scaling/machine/process-usage.ts';

function figures(pid: number): pidusage.Status {
  return { pid, ppid: 1, cpu: 150, memory: 1_000 * pid, ctime: 200, elapsed: 4_000, timestamp: 0 };
}

describe('ProcessUsage', () => {
  let batches: number[][];
  let gone: Set<number>;
  let usage: ProcessUsage;

  beforeEach(() => {
    batches = [];
    gone = new Set();
    usage = new ProcessUsage({
      readProcesses: async (pids) => {
        batches.push(pids);
        if (pids.every((pid) => gone.has(pid))) throw new Error('No matching pid found');
        return Object.fromEntries(pids.map((pid) => [pid, gone.has(pid) ? undefined : figures(pid)]));
      },
    });
  });

  it('looks at all processes in one batch', async () => {
    await usage.refresh([7, 8], 0);
    expect(batches).to.deep.equal([[7, 8]]);
    expect(usage.latest(7, 0)).to.deep.equal({ cpu: 1.5, rssBytes: 7_000, cpuTimeMs: 200, uptimeMs: 4_000 });
    expect(usage.latest(8, 0)?.rssBytes).to.equal(8_000);
  });

  it('looks at nothing when no process is named', async () => {
    await usage.refresh([], 0);
    expect(batches).to.deep.equal([]);
  });

  it('looks again after 5 s, not sooner', async () => {
    await usage.refresh([7], 0);
    await usage.refresh([7], 4_999);
    expect(batches).to.have.length(1);
    await usage.refresh([7], 5_000);
    expect(batches).to.have.length(2);
  });

  it('joins a batch under way', async () => {
    await Promise.all([usage.refresh([7], 0), usage.refresh([8], 60_000)]);
    expect(batches).to.deep.equal([[7]]);
  });

  it('knows nothing of a process that is gone, and still the others', async () => {
    gone.add(8);
    await usage.refresh([7, 8], 0);
    expect(usage.latest(8, 0)).to.equal(undefined);
    expect(usage.latest(7, 0)).not.to.equal(undefined);
  });

  it('knows nothing when all are gone', async () => {
    await usage.refresh([7], 0);
    gone.add(7);
    await usage.refresh([7], 5_000);
    expect(usage.latest(7, 5_000)).to.equal(undefined);
    expect(await usage.read(7)).to.equal(undefined);
  });

  it('forgets figures that are older than 15 s', async () => {
    await usage.refresh([7], 0);
    expect(usage.latest(7, 15_000)).not.to.equal(undefined);
    expect(usage.latest(7, 15_001)).to.equal(undefined);
  });
});
