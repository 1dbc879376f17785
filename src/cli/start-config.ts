/** The configuration that `start` runs with. */
import path from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { type OptionName, options } from '../../config/schema.ts';
import type { StartRequest } from '../runtime/start-request.ts';
import type { AppDefinition, NamedWish } from './app-definition.ts';
import { nearNameWarnings } from './near-names.ts';
import { planWorkers } from './worker-plan.ts';

/** Options that are the app's as well: where they were given, it gets them in its environment. */
const HANDED_ON = [
  'port',
  'nodeEnv',
  'databaseUrl',
  'dbHost',
  'dbPort',
  'dbName',
  'dbUser',
  'dbPassword',
  'dbPoolMin',
  'dbPoolMax',
  'dbStatementTimeoutMs',
  'dbConnectTimeoutMs',
  'dbMaxReplicaLagMs',
  'dbReplicaUrls',
] as const;

/** The flags of `start`, as given. */
export interface StartFlags {
  readonly instances?: string;
  readonly name?: string;
  readonly port?: string;
  readonly env?: string;
  readonly waitReady?: boolean;
  readonly maxMemoryRestart?: string;
  readonly config?: string;
  readonly lbAlgorithm?: string;
  readonly min?: string;
  readonly max?: string;
  readonly nodeArgs?: string;
  readonly only?: string;
}

/** What of the machine a plan depends on. */
export interface StartHost {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's version, without the v. */
  readonly nodeVersion: string;
  /** How many processes can run at once. */
  readonly cores: number;
}

const FLAG_NAMES: Readonly<Partial<Record<OptionName, string>>> = {
  name: '--name',
  port: '--port',
  waitReady: '--wait-ready',
  maxMemoryRestartBytes: '--max-memory-restart',
  lbAlgorithm: '--lb-algorithm',
  minInstances: '--min',
  maxInstances: '--max',
};

/** The configuration of a start, and what follows from it for the workers. */
export interface StartConfig extends Pick<StartRequest, 'instances' | 'env' | 'config'> {
  readonly warnings: readonly string[];
}

/**
 * Lays file, environment, ecosystem file and flags over each other, in this order; the wish for workers comes last.
 * @throws ConfigError
 */
export function configureStart(
  app: AppDefinition,
  flags: StartFlags,
  wish: NamedWish | undefined,
  host: StartHost,
): StartConfig {
  const given = givenFlags(flags);
  const base = {
    file: flags.config === undefined ? undefined : path.resolve(host.cwd, flags.config),
    env: { ...host.env, ...app.env },
    flags: {
      ...app.options,
      ...given,
      ...(app.singleProcess === undefined ? {} : { clusterEnabled: false }),
      // What the wish says replaces it below; until then it must not be held against other options.
      ...(wish === undefined ? {} : { clusterWorkers: 0 }),
    },
    flagNames: {
      ...app.optionNames,
      ...Object.fromEntries(Object.keys(given).map((option) => [option, FLAG_NAMES[option as OptionName]])),
      ...(app.singleProcess === undefined ? {} : { clusterEnabled: app.singleProcess }),
    },
  };
  const { config: asGiven, sources } = loadConfig(base);
  const plan = planWorkers(asGiven, sources, wish, host.cores);
  const { config, warnings } = loadConfig({
    ...base,
    flags: { ...base.flags, ...plan.options },
    flagNames: { ...base.flagNames, ...named(plan.options, plan.because) },
  });
  const handedOn = HANDED_ON.filter((option) => sources[option].layer !== 'default');
  return {
    instances: plan.instances,
    config,
    warnings: [...plan.warnings, ...warnings, ...nearNameWarnings(base.env)],
    env: Object.fromEntries(handedOn.map((option) => [options[option].env, String(config[option])])),
  };
}

function named(options: object, name: string): Record<string, string> {
  return Object.fromEntries(Object.keys(options).map((option) => [option, name]));
}

function givenFlags(flags: StartFlags): Partial<Record<OptionName, unknown>> {
  const all: Partial<Record<OptionName, unknown>> = {
    name: flags.name,
    port: flags.port,
    waitReady: flags.waitReady,
    maxMemoryRestartBytes: flags.maxMemoryRestart,
    lbAlgorithm: flags.lbAlgorithm,
    minInstances: flags.min,
    maxInstances: flags.max,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
