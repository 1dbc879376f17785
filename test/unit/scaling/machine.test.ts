import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { Machine, type SystemFigures } from '../../../src/scaling/machine.ts';

const GB = 1024 ** 3;
const GB_IN_KB = 1024 ** 2;

const CPU_TIMES = { user: 100, nice: 0, sys: 100, irq: 0, idle: 800 };

function system(given: Partial<Record<keyof SystemFigures, unknown>> = {}): SystemFigures {
  return {
    availableParallelism: () => 4,
    cpus: () => [{ model: '', speed: 0, times: CPU_TIMES }],
    freemem: () => 3 * GB,
    totalmem: () => 16 * GB,
    loadavg: () => [1.5, 1, 0.5],
    platform: () => 'linux',
    ...given,
  } as SystemFigures;
}

/** Two processors, 8 GB, 6 of them available. */
const PLAIN: Readonly<Record<string, string>> = {
  'proc/self/status': 'Name:\tnode\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n',
  'proc/meminfo': `MemTotal:       ${8 * GB_IN_KB} kB\nMemFree:  100 kB\nMemAvailable:   ${6 * GB_IN_KB} kB\n`,
  'proc/stat': stat([10, 90], [10, 90]),
};

/** `/proc/stat` with `[busy, idle]` of each processor, half of the busy time being the kernel's. */
function stat(...cpus: readonly (readonly [number, number])[]): string {
  const lines = cpus.map(([busy, idle], cpu) => `cpu${cpu} ${busy / 2} 0 ${busy / 2} ${idle} 0 0 0 0 0 0`);
  return `cpu  1 2 3 4 5 6 7 8 0 0\n${lines.join('\n')}\nintr 1 2 3\ncpu9 1 1 1 1 1 1 1 1 1 1\n`;
}

describe('Machine', () => {
  let root: string;
  let nowMs: number;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tidegate-machine-'));
    nowMs = 0;
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      const file = join(root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  function machine(figures = system()): Machine {
    return new Machine({ root, system: figures, nowMs: () => nowMs });
  }

  describe('without a control group', () => {
    it('tells cores, memory and load of the whole machine', () => {
      write(PLAIN);
      const { cores, totalMemoryBytes, availableMemoryBytes, loadAverage } = machine().read();
      expect(cores).to.equal(2);
      expect(totalMemoryBytes).to.equal(8 * GB);
      expect(availableMemoryBytes).to.equal(6 * GB);
      expect(loadAverage).to.deep.equal([1.5, 1, 0.5]);
    });

    it('tells the CPU utilization since the previous reading', () => {
      write(PLAIN);
      const subject = machine();
      nowMs = 1_000;
      write({ 'proc/stat': stat([40, 160], [30, 170]) });
      expect(subject.read().cpuUtilization).to.equal(50 / 200);
      nowMs = 2_000;
      write({ 'proc/stat': stat([140, 160], [130, 170]) });
      expect(subject.read().cpuUtilization).to.equal(1);
    });

    it('counts only the processors this process may use', () => {
      write({ ...PLAIN, 'proc/self/status': 'Cpus_allowed_list:\t1,3-4\n' });
      const subject = machine();
      expect(subject.read().cores).to.equal(3);
      nowMs = 1_000;
      write({ 'proc/stat': stat([1_000, 90], [35, 165]) });
      expect(subject.read().cpuUtilization).to.equal(0.25);
    });

    it('counts stolen time as busy, waiting for a disk as idle, and guests once', () => {
      write({ ...PLAIN, 'proc/stat': 'cpu0 1 1 1 1 1 1 1 1 1 1\n' });
      const subject = machine();
      nowMs = 1_000;
      write({ 'proc/stat': 'cpu0 11 11 11 101 51 6 6 11 11 11\n' });
      expect(subject.read().cpuUtilization).to.equal(50 / 200);
    });

    it('repeats the utilization when it is asked again too soon for the kernel to know', () => {
      write(PLAIN);
      const subject = machine();
      nowMs = 10;
      expect(subject.read().cpuUtilization).to.equal(null);
      nowMs = 1_000;
      write({ 'proc/stat': stat([60, 140], [10, 190]) });
      expect(subject.read().cpuUtilization).to.equal(0.25);
      nowMs = 1_010;
      write({ 'proc/stat': stat([90, 140], [40, 190]) });
      expect(subject.read().cpuUtilization).to.equal(0.25);
    });

    it('does not know the utilization when the counters stood still', () => {
      write(PLAIN);
      const subject = machine();
      nowMs = 1_000;
      expect(subject.read().cpuUtilization).to.equal(null);
    });
  });

  describe('on a system without /proc', () => {
    it('takes what Node tells', () => {
      let times = CPU_TIMES;
      const subject = machine(
        system({ cpus: () => [{ times }, { times }], platform: () => 'darwin', loadavg: () => [2, 2, 2] }),
      );
      nowMs = 1_000;
      times = { user: 150, nice: 10, sys: 130, irq: 10, idle: 900 };
      expect(subject.read()).to.deep.equal({
        cores: 4,
        cpuUtilization: 0.5,
        totalMemoryBytes: 16 * GB,
        availableMemoryBytes: 3 * GB,
        loadAverage: [2, 2, 2],
      });
    });

    it('says that Windows has no load average', () => {
      expect(machine(system({ platform: () => 'win32' })).read().loadAverage).to.equal(null);
    });
  });

  describe('in a control group of version 2', () => {
    const V2 = {
      ...PLAIN,
      'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n',
      'proc/self/cgroup': '0::/\n',
    };

    it('takes the quota for cores and the limit for memory, and inactive page cache for available', () => {
      write({
        ...V2,
        'sys/fs/cgroup/cpu.max': '150000 100000\n',
        'sys/fs/cgroup/memory.max': `${2 * GB}\n`,
        'sys/fs/cgroup/memory.current': `${1.5 * GB}\n`,
        'sys/fs/cgroup/memory.stat': `anon 5\ninactive_file_other 7\ninactive_file ${0.5 * GB}\nactive_file 3\n`,
      });
      const { cores, totalMemoryBytes, availableMemoryBytes } = machine().read();
      expect(cores).to.equal(1.5);
      expect(totalMemoryBytes).to.equal(2 * GB);
      expect(availableMemoryBytes).to.equal(1 * GB);
    });

    it('takes the machine where the group has no limit', () => {
      write({
        ...V2,
        'sys/fs/cgroup/cpu.max': 'max 100000\n',
        'sys/fs/cgroup/memory.max': 'max\n',
        'sys/fs/cgroup/memory.current': '12345\n',
      });
      const { cores, totalMemoryBytes, availableMemoryBytes } = machine().read();
      expect([cores, totalMemoryBytes, availableMemoryBytes]).to.deep.equal([2, 8 * GB, 6 * GB]);
    });

    it('takes the machine where it is tighter than the group', () => {
      write({
        ...V2,
        'sys/fs/cgroup/cpu.max': '1600000 100000\n',
        'sys/fs/cgroup/memory.max': `${64 * GB}\n`,
        'sys/fs/cgroup/memory.current': '0\n',
      });
      const { cores, totalMemoryBytes, availableMemoryBytes } = machine().read();
      expect([cores, totalMemoryBytes, availableMemoryBytes]).to.deep.equal([2, 8 * GB, 6 * GB]);
    });

    it('goes by the tightest level between the process and the root', () => {
      const slice = 'sys/fs/cgroup/system.slice';
      write({
        ...V2,
        'proc/self/cgroup': '0::/system.slice/app.service\n',
        [`${slice}/cpu.max`]: '50000 100000\n',
        [`${slice}/app.service/cpu.max`]: '100000 100000\n',
        [`${slice}/memory.max`]: `${4 * GB}\n`,
        [`${slice}/memory.current`]: `${3.5 * GB}\n`,
        [`${slice}/app.service/memory.max`]: `${2 * GB}\n`,
        [`${slice}/app.service/memory.current`]: `${0.5 * GB}\n`,
      });
      const { cores, totalMemoryBytes, availableMemoryBytes } = machine().read();
      expect([cores, totalMemoryBytes, availableMemoryBytes]).to.deep.equal([0.5, 2 * GB, 0.5 * GB]);
    });

    it('tells how much of the quota is used when that is more than the machine is', () => {
      write({
        ...V2,
        'sys/fs/cgroup/cpu.max': '50000 100000\n',
        'sys/fs/cgroup/cpu.stat': 'usage_usec 1000000\nuser_usec 1\n',
      });
      const subject = machine();
      nowMs = 1_000;
      write({
        'proc/stat': stat([20, 180], [20, 180]),
        'sys/fs/cgroup/cpu.stat': 'usage_usec 1400000\nuser_usec 1\n',
      });
      expect(subject.read().cpuUtilization).to.equal(0.8);
    });

    it('never tells less than nothing, nor more than all', () => {
      write({
        ...V2,
        'sys/fs/cgroup/cpu.max': '50000 100000\n',
        'sys/fs/cgroup/cpu.stat': 'usage_usec 0\n',
        'sys/fs/cgroup/memory.max': `${1 * GB}\n`,
        'sys/fs/cgroup/memory.current': `${1.25 * GB}\n`,
      });
      const subject = machine();
      nowMs = 1_000;
      write({ 'sys/fs/cgroup/cpu.stat': 'usage_usec 900000\n' });
      const { cpuUtilization, availableMemoryBytes } = subject.read();
      expect([cpuUtilization, availableMemoryBytes]).to.deep.equal([1, 0]);
    });
  });

  describe('in control groups of version 1', () => {
    const V1 = {
      ...PLAIN,
      'proc/self/mountinfo': [
        '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
        '32 31 0:29 / /sys/fs/cgroup/cpu\\040set rw,relatime - cgroup cgroup rw,cpu',
        '33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct',
        '35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
        '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
        '',
      ].join('\n'),
      'proc/self/cgroup': '4:memory:/docker/abc\n2:cpuacct:/app\n1:cpu:/app\n0::/\n',
    };

    it('takes quota and limit, each from its own hierarchy', () => {
      write({
        ...V1,
        'sys/fs/cgroup/cpu set/app/cpu.cfs_quota_us': '25000\n',
        'sys/fs/cgroup/cpu set/app/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu set/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu set/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpuacct/app/cpuacct.usage': '500000000\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': `${1 * GB}\n`,
        'sys/fs/cgroup/memory/memory.usage_in_bytes': `${0.75 * GB}\n`,
        'sys/fs/cgroup/memory/memory.stat': `inactive_file 1\ntotal_inactive_file ${0.25 * GB}\n`,
      });
      const subject = machine();
      nowMs = 1_000;
      write({ 'sys/fs/cgroup/cpuacct/app/cpuacct.usage': '600000000\n' });
      expect(subject.read()).to.deep.equal({
        cores: 0.25,
        cpuUtilization: 0.4,
        totalMemoryBytes: 1 * GB,
        availableMemoryBytes: 0.5 * GB,
        loadAverage: [1.5, 1, 0.5],
      });
    });

    it('reads the largest number as no limit', () => {
      write({
        ...V1,
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
        'sys/fs/cgroup/memory/memory.usage_in_bytes': `${1 * GB}\n`,
      });
      const { totalMemoryBytes, availableMemoryBytes } = machine().read();
      expect([totalMemoryBytes, availableMemoryBytes]).to.deep.equal([8 * GB, 6 * GB]);
    });

    it('takes the mount point for the group when the path lies outside of what can be seen', () => {
      write({
        ...V1,
        'proc/self/cgroup': '4:memory:/../elsewhere\n',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': `${3 * GB}\n`,
        'sys/fs/cgroup/memory/memory.usage_in_bytes': '0\n',
      });
      expect(machine().read().totalMemoryBytes).to.equal(3 * GB);
    });
  });
});
