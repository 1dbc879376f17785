/** From defaults, file, environment and flags to one readonly configuration; all mistakes are reported at once. */
import { crossCheck, notices } from './cross-checks.ts';
import { ConfigError } from './errors.ts';
import {
  type Environment,
  environmentLayer,
  fileLayer,
  flagLayer,
  type GivenValue,
  type Source,
  type Sources,
} from './layers.ts';
import { type Config, type Option, type OptionName, type OptionValue, options } from './schema.ts';

export type { Source, Sources } from './layers.ts';

/** The variable that names the configuration file; `--config` beats it. */
export const CONFIG_FILE_ENV = 'CONFIG_FILE';

const MAX_SHOWN_LENGTH = 80;

export interface LoadRequest {
  /** Path of a JSON file; without it `CONFIG_FILE` of `env` is used, if set. */
  readonly file?: string | undefined;
  readonly env: Environment;
  /** By option name, as written; `undefined` means not given. */
  readonly flags?: Readonly<Partial<Record<OptionName, unknown>>>;
  /** How a flag is called where it is not `--option-name`: `{ maxMemoryRestartBytes: '--max-memory-restart' }`. */
  readonly flagNames?: Readonly<Partial<Record<OptionName, string>>>;
}

export interface LoadedConfig {
  /** Deeply frozen. */
  readonly config: Config;
  readonly sources: Sources;
  /** What was given and has no effect, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Resolves every option: defaults < file < environment < flags. Each value given is checked, also one that a higher layer overrides.
 * @throws ConfigError with one line per mistake
 */
export function loadConfig(request: LoadRequest): LoadedConfig {
  const file = request.file ?? (request.env[CONFIG_FILE_ENV] || undefined);
  const layers = [
    ...(file === undefined ? [] : [fileLayer(file)]),
    environmentLayer(request.env),
    flagLayer(request.flags ?? {}, request.flagNames ?? {}),
  ];
  const problems = layers.flatMap((layer) => layer.problems);
  const values: Record<string, OptionValue> = {};
  const sources: Record<string, Source> = {};
  const mistaken = new Set<OptionName>();
  for (const [option, { fallback, env }] of Object.entries(options)) {
    values[option] = fallback;
    sources[option] = { layer: 'default', name: env };
  }
  for (const given of layers.flatMap((layer) => layer.values)) {
    const option: Option<OptionValue> = options[given.option];
    const result = option.schema.safeParse(given.value);
    if (!result.success) {
      problems.push(problemLine(given, option));
      mistaken.add(given.option);
      continue;
    }
    mistaken.delete(given.option);
    values[given.option] = result.data;
    sources[given.option] = { layer: given.layer, name: given.name };
  }
  for (const value of Object.values(values)) Object.freeze(value);
  // Every key of `options` was set above, from its fallback or a value its own schema read.
  const config = Object.freeze(values) as Config;
  const complete = Object.freeze(sources) as Sources;
  problems.push(...crossCheck(config, complete, mistaken));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config, sources: complete, warnings: notices(config, complete) };
}

function problemLine(given: GivenValue, option: Option<OptionValue>): string {
  return `${given.name}: ${option.secret ? 'a value that is not shown' : shown(given.value)} is not allowed; give ${option.allowed}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH - 1)}…`;
}
