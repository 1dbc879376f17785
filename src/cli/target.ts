/** Which instance a command means. */
import { readFileSync } from 'node:fs';
import { runtimeDir } from '../../config/runtime-dir.ts';
import { CliError, UsageError } from './errors.ts';
import { type Instance, listInstances } from './instances.ts';

/** A control API: that of an instance on this machine, or one by its address. */
export type Target =
  | { readonly kind: 'socket'; readonly name: string; readonly socketPath: string; readonly token: string | undefined }
  | {
      readonly kind: 'url';
      readonly url: URL;
      readonly token: string | undefined;
      /** Certificates (PEM) that are trusted; undefined: those that Node trusts. */
      readonly ca?: string | undefined;
    };

export interface TargetFlags {
  readonly name?: string;
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** In messages: `"api"`, or the URL. */
export function targetLabel(target: Target): string {
  return target.kind === 'socket' ? `"${target.name}"` : target.url.origin;
}

/**
 * The instance that flags and environment name; without a name the only one that runs.
 * @throws CliError that says which run, when it is none or not clear which one
 */
export async function resolveTarget(flags: TargetFlags, env: Environment): Promise<Target> {
  if (flags.name !== undefined && flags.url !== undefined) throw new UsageError('Give --name or --url, not both');
  const token = givenToken(flags, env);
  // A name on the command line is meant more than a URL that the environment happens to hold.
  const url = flags.url ?? (flags.name === undefined ? env.TIDEGATE_URL || undefined : undefined);
  if (url !== undefined)
    return {
      kind: 'url',
      url: parseUrl(url, flags.url === undefined ? 'TIDEGATE_URL' : '--url'),
      token,
      ca: trustedCertificates(flags, env),
    };
  const instances = await listInstances(runtimeDir(env));
  const { name, socketPath } = choose(instances, flags.name ?? (env.TIDEGATE_NAME || undefined));
  return { kind: 'socket', name, socketPath, token };
}

function givenToken({ token, tokenFile }: TargetFlags, env: Environment): string | undefined {
  if (token !== undefined && tokenFile !== undefined) throw new UsageError('Give --token or --token-file, not both');
  if (tokenFile !== undefined) return readGiven(tokenFile, '--token-file').trim();
  return token ?? (env.TIDEGATE_TOKEN || undefined);
}

function trustedCertificates({ ca }: TargetFlags, env: Environment): string | undefined {
  const file = ca ?? (env.TIDEGATE_CA || undefined);
  return file === undefined ? undefined : readGiven(file, ca === undefined ? 'TIDEGATE_CA' : '--ca');
}

function readGiven(file: string, source: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${source} can't be read: ${(error as Error).message}`);
  }
}

function choose(instances: readonly Instance[], name: string | undefined): Instance {
  const live = instances.filter(({ state }) => state === 'live');
  if (name !== undefined) {
    const wanted = instances.find((instance) => instance.name === name);
    if (wanted?.state === 'live') return wanted;
    throw notRunning(name, wanted, live);
  }
  const [only, ...others] = live;
  if (only === undefined) throw noneRunning(instances);
  if (others.length === 0) return only;
  throw new CliError(
    'SEVERAL_INSTANCES',
    `Several instances are running: ${names(live)}. Choose one with --name <name>`,
  );
}

function noneRunning(instances: readonly Instance[]): CliError {
  const [unreachable, ...more] = instances.filter(({ state }) => state === 'unreachable');
  if (unreachable !== undefined) return unreachableError([unreachable, ...more]);
  const left = instances.length === 0 ? '' : ` (${names(instances)} left a stale socket behind)`;
  return new CliError('NO_INSTANCE', `No running instance found${left}. Start one with: tidegate start <script>`);
}

function notRunning(name: string, found: Instance | undefined, live: readonly Instance[]): CliError {
  if (found?.state === 'unreachable') return unreachableError([found]);
  const what =
    found === undefined ? `No instance named "${name}" is running.` : `"${name}" is not running: its socket is stale.`;
  const next = live.length === 0 ? 'Start one with: tidegate start <script>' : `Running: ${names(live)}`;
  return new CliError(found === undefined ? 'NO_INSTANCE' : 'STALE_INSTANCE', `${what} ${next}`);
}

/** Another user's directories can't be looked into: what stands there may have ended long ago. */
function unreachableError([first, ...others]: readonly [Instance, ...Instance[]]): CliError {
  const { name, socketPath } = first;
  const which =
    others.length === 0
      ? `"${name}" can't be reached through ${socketPath}`
      : `${others.length + 1} instances can't be reached, "${name}" among them`;
  const message = `${which}. Call this as the user that started it, or see whether that process hangs`;
  return new CliError('UNREACHABLE', message);
}

function names(instances: readonly Instance[]): string {
  return instances.map((instance) => instance.name).join(', ');
}

function parseUrl(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(
      `${source}: ${JSON.stringify(text)} is not allowed; give an address such as http://127.0.0.1:9001`,
    );
  }
  return url;
}
