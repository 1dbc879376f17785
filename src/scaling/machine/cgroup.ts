/**
 * The control groups this process lives in. Limits bind at every level between the process and the root of what it can see,
 * so each level is read and the tightest wins. Files: kernel documentation, admin-guide/cgroup-v2 and cgroup-v1/memory.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { keyedNumber, readKernelFile, readKernelNumber } from './proc-file.ts';

export interface CpuQuota {
  /** May be fractional. */
  readonly cores: number;
  /** CPU time the group has used since it was made; null: not told. */
  readonly usedMs: number | null;
}

export interface MemoryLimit {
  readonly limitBytes: number;
  /** Page cache that is not in active use counts as available. */
  readonly availableBytes: number;
}

type Version = 1 | 2;

interface Level {
  readonly version: Version;
  readonly directory: string;
}

interface CpuLevel extends Level {
  readonly usageFile: string;
}

interface Mount {
  readonly version: Version;
  readonly root: string;
  readonly point: string;
  readonly controllers: readonly string[];
}

/** In version 1 "no limit" is the largest multiple of the page size below 2⁶³. */
const NO_LIMIT_BYTES = 2 ** 62;

/** Reads the limits that bind this process; `root` is the root directory, another one in tests. */
export class Cgroup {
  readonly #cpuLevels: readonly CpuLevel[];
  readonly #memoryLevels: readonly Level[];

  constructor(root = '/') {
    const mounts = parseMounts(readKernelFile(join(root, 'proc/self/mountinfo')) ?? '');
    const paths = parseOwnPaths(readKernelFile(join(root, 'proc/self/cgroup')) ?? '');
    const accounting = levelsOf('cpuacct', mounts, paths, root);
    this.#cpuLevels = [
      ...levelsOf(null, mounts, paths, root).map((level) => ({
        ...level,
        usageFile: join(level.directory, 'cpu.stat'),
      })),
      ...levelsOf('cpu', mounts, paths, root).map((level, index) => ({
        ...level,
        usageFile: join(accounting[index]?.directory ?? level.directory, 'cpuacct.usage'),
      })),
    ].filter(({ version, directory }) => existsSync(join(directory, version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us')));
    this.#memoryLevels = [...levelsOf(null, mounts, paths, root), ...levelsOf('memory', mounts, paths, root)].filter(
      ({ version, directory }) => existsSync(join(directory, version === 2 ? 'memory.max' : 'memory.limit_in_bytes')),
    );
  }

  /** The tightest quota; null where none is set. */
  cpuQuota(): CpuQuota | null {
    let tightest: { readonly cores: number; readonly level: CpuLevel } | null = null;
    for (const level of this.#cpuLevels) {
      const cores = quotaCores(level);
      if (cores !== null && (tightest === null || cores < tightest.cores)) tightest = { cores, level };
    }
    return tightest === null ? null : { cores: tightest.cores, usedMs: usedMs(tightest.level) };
  }

  /** The smallest limit and the smallest room left on any level; null where none is set. */
  memoryLimit(): MemoryLimit | null {
    const limits = this.#memoryLevels
      .map(({ version, directory }) => (version === 2 ? memoryLimitV2(directory) : memoryLimitV1(directory)))
      .filter((limit) => limit !== null);
    if (limits.length === 0) return null;
    return {
      limitBytes: Math.min(...limits.map(({ limitBytes }) => limitBytes)),
      availableBytes: Math.min(...limits.map(({ availableBytes }) => availableBytes)),
    };
  }
}

function quotaCores({ version, directory }: Level): number | null {
  if (version === 2) {
    const match = /^(\d+)\s+(\d+)/.exec(readKernelFile(join(directory, 'cpu.max')) ?? '');
    return match === null || Number(match[2]) === 0 ? null : Number(match[1]) / Number(match[2]);
  }
  const quotaUs = readKernelNumber(join(directory, 'cpu.cfs_quota_us')) ?? -1;
  const periodUs = readKernelNumber(join(directory, 'cpu.cfs_period_us')) ?? 0;
  return quotaUs > 0 && periodUs > 0 ? quotaUs / periodUs : null;
}

function usedMs({ version, usageFile }: CpuLevel): number | null {
  if (version === 1) {
    const usedNs = readKernelNumber(usageFile);
    return usedNs === undefined ? null : usedNs / 1e6;
  }
  const usedUs = keyedNumber(readKernelFile(usageFile) ?? '', 'usage_usec');
  return usedUs === undefined ? null : usedUs / 1e3;
}

function memoryLimitV2(directory: string): MemoryLimit | null {
  const limitBytes = readKernelNumber(join(directory, 'memory.max'));
  const currentBytes = readKernelNumber(join(directory, 'memory.current'));
  if (limitBytes === undefined || currentBytes === undefined) return null;
  return withRoom(
    limitBytes,
    currentBytes,
    keyedNumber(readKernelFile(join(directory, 'memory.stat')) ?? '', 'inactive_file'),
  );
}

function memoryLimitV1(directory: string): MemoryLimit | null {
  const limitBytes = readKernelNumber(join(directory, 'memory.limit_in_bytes'));
  const currentBytes = readKernelNumber(join(directory, 'memory.usage_in_bytes'));
  if (limitBytes === undefined || currentBytes === undefined || limitBytes >= NO_LIMIT_BYTES) return null;
  const stat = readKernelFile(join(directory, 'memory.stat')) ?? '';
  return withRoom(limitBytes, currentBytes, keyedNumber(stat, 'total_inactive_file'));
}

function withRoom(limitBytes: number, currentBytes: number, inactiveFileBytes = 0): MemoryLimit {
  const usedBytes = Math.max(0, currentBytes - inactiveFileBytes);
  return { limitBytes, availableBytes: Math.max(0, limitBytes - usedBytes) };
}

/** Lines of `mountinfo`: `id parent major:minor root point options [tags] - type source superOptions` (proc(5)). */
function parseMounts(mountInfo: string): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountInfo.split('\n')) {
    const [left, right] = line.split(' - ');
    const [, , , root, point] = (left ?? '').split(' ');
    const [type, , superOptions] = (right ?? '').split(' ');
    if (root === undefined || point === undefined || (type !== 'cgroup' && type !== 'cgroup2')) continue;
    const version = type === 'cgroup2' ? 2 : 1;
    mounts.push({
      version,
      root: decodeOctal(root),
      point: decodeOctal(point),
      controllers: (superOptions ?? '').split(','),
    });
  }
  return mounts;
}

/** Blanks in paths stand as `\040` in `mountinfo`. */
function decodeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Lines of `/proc/self/cgroup`: `id:controllers:path`; version 2 has no controllers. */
function parseOwnPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const controller of match?.[1]?.split(',') ?? []) paths.set(controller, match?.[2] ?? '/');
  }
  return paths;
}

/** Directories from the process' own group up to the mount point; `controller` null means version 2. */
function levelsOf(
  controller: string | null,
  mounts: readonly Mount[],
  paths: ReadonlyMap<string, string>,
  root: string,
): readonly Level[] {
  const mount = mounts.find(({ version, controllers }) =>
    controller === null ? version === 2 : version === 1 && controllers.includes(controller),
  );
  if (mount === undefined) return [];
  const levels: Level[] = [];
  let below = pathBelow(mount.root, paths.get(controller ?? '') ?? '/');
  for (;;) {
    levels.push({ version: mount.version, directory: join(root, mount.point, below) });
    if (below === '') return levels;
    below = below.slice(0, below.lastIndexOf('/'));
  }
}

/** A container sees only its part of the tree: what lies outside the mount can't be read, then the mount point is the group. */
function pathBelow(mountRoot: string, path: string): string {
  const below = mountRoot === '/' ? path : path.startsWith(`${mountRoot}/`) ? path.slice(mountRoot.length) : '';
  return below === '/' || below.split('/').includes('..') ? '' : below;
}
