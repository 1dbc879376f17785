/** From the command line of `start` to a StartRequest: everything is resolved and checked before a process is started. */
import path from 'node:path';
import { ConfigError } from '../../config/errors.ts';
import { controlSocketPath, MAX_SOCKET_PATH_BYTES, runtimeDir } from '../../config/runtime-dir.ts';
import type { StartRequest } from '../runtime/start-request.ts';
import { type AppDefinition, type NamedWish, parseWorkersWish, WORKERS_ALLOWED } from './app-definition.ts';
import { type EcosystemResult, readEcosystem } from './ecosystem.ts';
import { isEcosystemFile, loadEcosystemFile } from './ecosystem-file.ts';
import { UsageError } from './errors.ts';
import { assertDirectory, assertReadableFile, assertRunnable } from './script-file.ts';
import { configureStart, type StartFlags, type StartHost } from './start-config.ts';
import { splitWords } from './words.ts';

export type { StartFlags, StartHost } from './start-config.ts';

export interface StartPlan {
  readonly request: StartRequest;
  readonly warnings: readonly string[];
}

/**
 * Resolves what `tidegate start <file> [flags] [-- args]` means.
 * @param file script or ecosystem file, relative to the working directory
 * @param appArgs what stood after `--`
 * @throws UsageError, ConfigError
 */
export async function planStart(
  file: string,
  flags: StartFlags,
  appArgs: readonly string[],
  host: StartHost,
): Promise<StartPlan> {
  const { app, warnings, problems } = await appOf(path.resolve(host.cwd, file), flags);
  const args = appArgs.length > 0 ? appArgs : app.args;
  const nodeArgs = flags.nodeArgs === undefined ? app.nodeArgs : nodeArgWords(flags.nodeArgs);
  const wish = flags.instances === undefined ? app.workers : flagWish(flags.instances);
  const configured = withProblems(problems, () => configureStart(app, flags, wish, host));

  const cwd = path.resolve(host.cwd, app.cwd ?? '.');
  if (app.cwd !== undefined) await assertDirectory(cwd, 'cwd');
  const script = path.resolve(cwd, app.script);
  await assertReadableFile(script, 'Script');
  assertRunnable(script, host.nodeVersion, [...nodeArgs, ...(host.env.NODE_OPTIONS ?? '').split(/\s+/)]);

  const name = configured.config.name || nameOfScript(script);
  const config = Object.freeze({ ...configured.config, name });
  assertSocketPathFits(controlSocketPath(runtimeDir(host.env, config.runtimeDir), name));
  const env = { ...app.env, ...configured.env };
  return {
    request: { name, script, args, cwd, nodeArgs, instances: configured.instances, env, config },
    warnings: [...warnings, ...configured.warnings],
  };
}

/** Adds problems that are known already to those of the configuration: all are told at once. */
function withProblems<T>(problems: readonly string[], configure: () => T): T {
  let found: readonly string[] = [];
  try {
    const configured = configure();
    if (problems.length === 0) return configured;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    found = error.problems;
  }
  throw new ConfigError([...problems, ...found]);
}

async function appOf(file: string, flags: StartFlags): Promise<EcosystemResult> {
  if (/\.ya?ml$/i.test(file)) {
    throw new UsageError(`${path.basename(file)}: YAML ecosystem files are not read; write it as .json or .config.cjs`);
  }
  if (isEcosystemFile(file)) {
    await assertReadableFile(file, 'Ecosystem file');
    const choice = { only: flags.only, environment: flags.env };
    return readEcosystem(await loadEcosystemFile(file), path.basename(file), choice);
  }
  for (const [flag, value] of [
    ['--only', flags.only],
    ['--env', flags.env],
  ]) {
    if (value !== undefined)
      throw new UsageError(`${flag} chooses from an ecosystem file; ${path.basename(file)} is a script`);
  }
  const app: AppDefinition = {
    script: file,
    args: [],
    cwd: undefined,
    nodeArgs: [],
    workers: undefined,
    singleProcess: undefined,
    env: {},
    options: {},
    optionNames: {},
  };
  return { app, warnings: [], problems: [] };
}

function flagWish(text: string): NamedWish {
  const wish = parseWorkersWish(text);
  if (wish === undefined) throw new UsageError(`-i: ${JSON.stringify(text)} is not allowed; give ${WORKERS_ALLOWED}`);
  return { wish, name: '-i' };
}

function nodeArgWords(text: string): readonly string[] {
  try {
    return splitWords(text);
  } catch (error) {
    throw new UsageError(`--node-args: ${(error as Error).message}`);
  }
}

/** `/srv/api/server.js` → `server`, in letters that every file system and URL takes. */
function nameOfScript(script: string): string {
  const plain = path.basename(script, path.extname(script)).replace(/[^A-Za-z0-9._-]+/g, '-');
  return plain.replace(/^[^A-Za-z0-9]+/, '').slice(0, 64) || 'app';
}

function assertSocketPathFits(socketPath: string): void {
  const bytes = Buffer.byteLength(socketPath);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return;
  throw new UsageError(
    `The control socket's path is ${bytes} bytes long, ${MAX_SOCKET_PATH_BYTES} are possible: ${socketPath}. ` +
      'Choose a shorter --name or TIDEGATE_RUNTIME_DIR',
  );
}
