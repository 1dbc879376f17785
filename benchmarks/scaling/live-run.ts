import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arrival } from '../load/open-loop.ts';
import { appFile, freePort } from '../running.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const ANSWER_TIMEOUT_MS = 20_000;

export interface LiveRunOptions {
  readonly instances: number;
  readonly maxInstances: number;
  readonly objectiveMs: number;
  /** Event-loop time of a request. */
  readonly serviceMs: number;
  /** Rules that decide alone; null: the demand model. */
  readonly rules: readonly object[] | null;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends the load; the run ends with it. */
  readonly load: (url: string) => Promise<readonly Arrival[]>;
}

export interface LiveRun {
  readonly arrivals: readonly Arrival[];
  /** Epoch milliseconds. */
  readonly loadStartedAtMs: number;
  /** Text of the recording of all decisions. */
  readonly recording: string;
}

/** Starts the runtime with a service that holds its event loop without using a core, sends it a load, and ends it. */
export async function liveRun(options: LiveRunOptions): Promise<LiveRun> {
  const { instances, maxInstances, objectiveMs, serviceMs, rules, env = {}, load } = options;
  const scratch = mkdtempSync(path.join(tmpdir(), 'tgs-'));
  const [port, managementPort] = [await freePort(), await freePort()];
  const [rulesFile, recordFile] = [path.join(scratch, 'rules.json'), path.join(scratch, 'run.ndjson')];
  writeFileSync(rulesFile, JSON.stringify({ rules: rules ?? [] }));
  const runtime = spawn(process.execPath, [MAIN, 'start', appFile('serial.cjs'), '-i', String(instances)], {
    env: {
      ...process.env,
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      TIDEGATE_RUNTIME_DIR: scratch,
      MIN_INSTANCES: '1',
      MAX_INSTANCES: String(maxInstances),
      LATENCY_OBJECTIVE_MS: String(objectiveMs),
      SERVICE_MS: String(serviceMs),
      STATE_ENABLED: 'false',
      RECORD_FILE: recordFile,
      ...(rules === null ? {} : { SCALING_MODE: 'rules', SCALING_RULES_FILE: rulesFile }),
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => {
    runtime.once('exit', () => resolve());
  });
  try {
    const url = `http://127.0.0.1:${port}/`;
    await Promise.race([
      answers(url),
      ended.then(() => Promise.reject(new Error('the runtime ended; it says why above'))),
    ]);
    const loadStartedAtMs = Date.now();
    const arrivals = await load(url);
    runtime.kill('SIGTERM');
    await ended;
    return { arrivals, loadStartedAtMs, recording: readFileSync(recordFile, 'utf8') };
  } finally {
    runtime.kill('SIGTERM');
    await ended;
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function answers(url: string): Promise<void> {
  const deadlineMs = performance.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(url).catch(() => null);
    await response?.text();
    if (response?.ok === true) return;
    if (performance.now() > deadlineMs) throw new Error(`${url} does not answer within ${ANSWER_TIMEOUT_MS / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
