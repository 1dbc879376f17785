/** How a situation of a scaler is run: its files, and the options of its runtime. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fixture } from './runtime.ts';
import type { Situation } from './scaling-situations.ts';

/** The files of a run. */
export class ScriptFolder {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'tg-situation-'));
  readonly recording = path.join(this.#directory, 'run.ndjson');

  file(name: string, content: string): string {
    const file = path.join(this.#directory, name);
    writeFileSync(file, content);
    return file;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** How a situation's runtime is started, beside its own options. */
export function startOf(situation: Situation, folder: ScriptFolder) {
  const { script, args = ['-i', '1'], env, rules } = situation;
  const file = script === undefined ? fixture('slow.cjs') : folder.file('app.cjs', script);
  const rulesFile =
    rules === undefined ? {} : { SCALING_RULES_FILE: folder.file('rules.json', JSON.stringify({ rules })) };
  const common = { MIN_INSTANCES: '1', MAX_INSTANCES: '4', STATE_ENABLED: 'false', RECORD_FILE: folder.recording };
  return { file, options: { args, env: { ...common, ...rulesFile, ...env } } };
}
