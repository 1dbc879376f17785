import { spawnSync } from 'node:child_process';
import { allowedCores } from './processes.ts';

/** Which core does what. The generator must not take time from what is measured. */
export interface Pinning {
  readonly generatorCore: number;
  readonly testCore: number;
}

/** A command as it is to be run. */
export type Command = readonly [program: string, ...args: string[]];

/** Null, with the reason, where processes can't be kept apart. */
export function planPinning(): Pinning | string {
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return 'taskset (util-linux) is missing: the generator and what is measured share all cores';
  }
  const cores = allowedCores();
  const [generatorCore] = cores;
  const testCore = cores.at(-1);
  if (generatorCore === undefined || testCore === undefined || generatorCore === testCore) {
    return 'there is one core only: the generator shares it with what is measured';
  }
  return { generatorCore, testCore };
}

/** This process, and what it starts without more ado (the generators), stays on the generator's core from now on. */
export function pinThisProcess({ generatorCore }: Pinning): void {
  spawnSync('taskset', ['-a', '-c', '-p', String(generatorCore), String(process.pid)], { stdio: 'ignore' });
}

/** The command on the core for what is measured; unchanged where nothing is pinned. */
export function underTest(pinning: Pinning | null, command: Command): Command {
  return pinning === null ? command : ['taskset', '-c', String(pinning.testCore), ...command];
}
