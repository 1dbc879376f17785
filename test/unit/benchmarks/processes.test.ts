import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { parseCoreList, parseStat, processInfo, processTree } from '../../../benchmarks/processes.ts';

describe('the process table', () => {
  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  it('reads a line whose command has blanks and parentheses', () => {
    const line =
      '4242 (a (b) c d) S 17 4242 4242 0 -1 4194560 100 200 0 0 150 50 7 3 20 0 11 0 987654 1000 2000 18446744073709551615\n';
    expect(parseStat(line)).to.deep.equal({ pid: 4242, parentPid: 17, cpuSeconds: 2.1, startTicks: 987654 });
  });

  it('knows this process and its parent', () => {
    expect(processInfo(process.pid)).to.include({ pid: process.pid, parentPid: process.ppid });
  });

  it('finds children and grandchildren, and no process once it is gone', async () => {
    const script =
      "const g = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']); console.log(g.pid)";
    const child = spawn(process.execPath, ['-e', `${script}; setInterval(() => {}, 1e6)`], { stdio: 'pipe' });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const grandchild = Number(line.toString());
    const tree = processTree(child.pid ?? 0).map(({ pid }) => pid);
    child.kill('SIGKILL');
    process.kill(grandchild, 'SIGKILL');
    await once(child, 'exit');
    expect(tree).to.deep.equal([child.pid, grandchild]);
    expect(processTree(child.pid ?? 0)).to.deep.equal([]);
  });
});

describe('a list of cores', () => {
  it('has single cores and ranges', () => {
    expect(parseCoreList('0')).to.deep.equal([0]);
    expect(parseCoreList('0-2,5,7-8')).to.deep.equal([0, 1, 2, 5, 7, 8]);
    expect(parseCoreList('')).to.deep.equal([]);
  });
});
