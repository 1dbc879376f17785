import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the time of a profiled process went: shares of the time that it was not idle, the largest first. */
export interface Share {
  readonly where: string;
  readonly share: number;
}

/** Reads the profile that `node --cpu-prof` left in `directory`. @throws Error when there is none */
export function topOfProfile(directory: string, count: number): Share[] {
  const file = readdirSync(directory).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`no profile was written to ${directory}`);
  return shares(JSON.parse(readFileSync(path.join(directory, file), 'utf8')) as CpuProfile).slice(0, count);
}

function shares({ nodes, samples, timeDeltas }: CpuProfile): Share[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  samples.forEach((id, index) => {
    const name = names.get(id) ?? '';
    if (name === '(idle)') return;
    const spent = timeDeltas[index] ?? 0;
    busy += spent;
    times.set(name, (times.get(name) ?? 0) + spent);
  });
  return [...times].map(([where, spent]) => ({ where, share: spent / busy })).sort((a, b) => b.share - a.share);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${url.replace(/^.*\//, '')}:${lineNumber + 1}`;
}
