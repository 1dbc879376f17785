import { statfs } from 'node:fs/promises';
import type { ProbeSpec } from '../health/probe-state.ts';
import type { CheckTimes, HealthCheck } from './check.ts';

const SPEC: ProbeSpec = {
  name: 'disk',
  unit: 'ratio',
  worseWhen: 'above',
  warning: { set: 0.85, clear: 0.8, rise: 2 },
  critical: { set: 0.95, clear: 0.92, rise: 2 },
  fall: 2,
  unknownAfter: 3,
};

/** How full are the file systems of these directories? The fullest counts. Asks the kernel; no process is started. */
export function diskCheck(directories: readonly string[], times: CheckTimes): HealthCheck {
  return {
    ...times,
    spec: SPEC,
    isDependency: false,
    measure: async () => {
      let fullest = { directory: '', used: -1 };
      for (const directory of directories) {
        const used = await usedRatio(directory);
        if (used > fullest.used) fullest = { directory, used };
      }
      const sentence = `${Math.round(fullest.used * 100)} % of the file system of ${fullest.directory} is used`;
      return { value: fullest.used, sentence };
    },
    failure: (why) => ({ value: undefined, sentence: `the room on the disk is unknown: ${why}` }),
  };
}

/** As `df` counts: what is kept for root is neither used nor free. A file system without blocks (a pseudo one) is empty. */
async function usedRatio(directory: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(directory);
  const used = blocks - bfree;
  return used + bavail <= 0 ? 0 : used / (used + bavail);
}
