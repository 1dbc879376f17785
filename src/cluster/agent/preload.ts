/**
 * Preloaded into every worker: runs the agent (`agent.cjs` beside this file) from V8's code cache. Compiling the agent would take
 * a part of each start; the first worker leaves what V8 made of it for the others.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { AGENT_CACHE_ENV, AGENT_ENV } from '../../ipc/protocol.ts';

/** By then the worker has been ready for a while, and what a start needs has been compiled. */
const KEEP_AFTER_MS = 2_000;

const cacheDirectory = process.env[AGENT_CACHE_ENV];
delete process.env[AGENT_CACHE_ENV];
// What the app forks must not load us again, but what the user has preloaded, which stands before us. Threads have a list too.
const preload = process.execArgv.lastIndexOf('--require');
if (preload >= 0 && process.execArgv[preload + 1] === __filename) process.execArgv.splice(preload, 2);
// The app's threads and child processes get an environment without it.
if (process.env[AGENT_ENV] !== undefined) runAgent(path.join(__dirname, 'agent.cjs'));

function runAgent(agentFile: string): void {
  const source = readFileSync(agentFile, 'utf8');
  // Code that was compiled before coverage was asked for counts nothing.
  const cacheFile =
    cacheDirectory === undefined || process.env.NODE_V8_COVERAGE !== undefined
      ? null
      : path.join(cacheDirectory, cacheName(agentFile));
  const cachedData = cacheFile === null ? undefined : readIfThere(cacheFile);
  const script = new vm.Script(`(function (require) {${source}\n})`, {
    filename: agentFile,
    ...(cachedData !== undefined && { cachedData }),
  });
  (script.runInThisContext() as (require: NodeJS.Require) => void)(require);
  if (cacheFile !== null && (cachedData === undefined || script.cachedDataRejected === true)) {
    setTimeout(() => keep(script, cacheFile), KEEP_AFTER_MS).unref();
  }
}

/** V8 compares its own version and flags, but of the source only its length. */
function cacheName(agentFile: string): string {
  const { mtimeMs, size } = statSync(agentFile);
  return `agent-${process.version}-${size}-${Math.trunc(mtimeMs)}.cache`;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function keep(script: vm.Script, file: string): void {
  try {
    const own = `${file}.${process.pid}`;
    writeFileSync(own, script.createCachedData(), { mode: 0o600 });
    renameSync(own, file);
  } catch {} // a full disk costs the workers after this one a millisecond each
}
