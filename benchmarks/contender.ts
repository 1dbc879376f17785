import { endTree } from './ending.ts';
import { type Command, type Pinning, underTest } from './pinning.ts';
import { run } from './running.ts';

export type ContenderId = 'alone' | 'cluster' | 'shared-socket' | 'pm2' | 'hand-over' | 'shared-accept';

/** What a contender is to run. */
export interface LaunchOrder {
  readonly app: string;
  readonly workers: number;
  readonly env: Readonly<Record<string, string>>;
  /** An empty directory of its own. */
  readonly directory: string;
  readonly pinning: Pinning | null;
}

export interface Launched {
  /** Its process; the workers descend from it, or are it. */
  readonly rootPid: number;
  readonly output: () => string;
  readonly end: () => Promise<void>;
}

/** A way to run an app. */
export interface Contender {
  readonly id: ContenderId;
  readonly label: string;
  /** Whether it runs as many workers as it is told; else it is one process. */
  readonly scales: boolean;
  launch(order: LaunchOrder): Promise<Launched>;
}

/** Launches a command whose process stays until it is ended. */
export async function launchCommand(
  command: Command,
  { pinning }: LaunchOrder,
  env: Readonly<Record<string, string>>,
): Promise<Launched> {
  const { child, output } = run(underTest(pinning, command), { env });
  // `taskset` becomes the program it starts, so this is the program's pid.
  return { rootPid: child.pid ?? 0, output, end: () => endTree(child) };
}
