/** What `tidegate simulate --replay` shows. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { loadScalingPolicy } from '../runtime/scaling-policy.ts';
import { type ReplayOptions, type ReplayResult, readPolicyFile, replay } from '../scaling/simulate/index.ts';
import { UsageError } from './errors.ts';
import type { SimulateFlags } from './simulate-flags.ts';
import { tableLines } from './table.ts';
import type { CliContext } from './verb.ts';

/** Decides the recording again, by its own policy or another, and prints what came of it. */
export function showReplay(flags: Pick<SimulateFlags, 'replay' | 'policy' | 'json'>, context: CliContext): void {
  const { terminal, cwd } = context;
  const text = readFileSync(path.resolve(cwd, flags.replay ?? ''), 'utf8');
  const lines = text.split('\n');
  // A machine that lost its power, or is still recording, leaves half a line.
  if (!text.endsWith('\n')) lines.pop();
  const result = replay(lines, optionsOf(flags.policy, context));
  if (flags.json) terminal.json(result);
  else for (const line of replayLines(result)) terminal.line(line);
}

function optionsOf(wish: string | undefined, { cwd, env }: CliContext): ReplayOptions {
  if (wish === undefined) return {};
  if (wish === 'auto' || wish === 'rules') {
    const policy = loadScalingPolicy({ ...loadConfig({ env }).config, scalingMode: wish });
    return { policy: ({ limits }) => ({ ...policy, limits }) };
  }
  if (wish.endsWith('.json')) return { policy: (recorded) => readPolicyFile(path.resolve(cwd, wish), recorded) };
  throw new UsageError(
    `--policy: ${JSON.stringify(wish)} is not allowed with --replay; give auto, rules or one .json file`,
  );
}

/** The result as lines of text. */
function replayLines({ decisions, identical, fromMs, untilMs, differences }: ReplayResult): readonly string[] {
  if (fromMs === null || untilMs === null) return ['The recording has no decision.'];
  const time = (ms: number): string => new Date(ms).toISOString();
  const head = `${decisions} decisions from ${time(fromMs)} to ${time(untilMs)}; ${identical} records are identical to the byte.`;
  if (differences.length === 0) return [head, 'Nowhere does it want another number than was recorded.'];
  const rows = tableLines(
    [
      { title: 'from', align: 'left', text: (row) => time(row.fromMs) },
      { title: 'seconds', align: 'right', text: (row) => String(Math.round((row.untilMs - row.fromMs) / 1_000) + 1) },
      { title: 'recorded', align: 'right', text: (row) => String(row.recorded) },
      { title: 'replayed', align: 'right', text: (row) => String(row.replayed) },
      { title: 'why', align: 'left', text: (row) => row.sentence },
    ],
    differences,
    (title) => title,
  );
  return [head, `It wants another number ${differences.length} times:`, ...rows];
}
