/** Where values come from: the layers of the configuration, lowest first, and what each says. */
import path from 'node:path';
import { type JsonFileError, readJsonFile } from './json-file.ts';
import { nearest } from './nearest.ts';
import { type Option, type OptionName, type OptionValue, options } from './schema.ts';

export type Layer = 'default' | 'file' | 'environment' | 'flag';

/** A value as it was written, not yet read. */
export interface GivenValue {
  readonly option: OptionName;
  readonly layer: Layer;
  /** The name as the user wrote it: `PORT`, `port in tidegate.json`, `--port`. */
  readonly name: string;
  readonly value: unknown;
}

/** Where an option's value came from. */
export interface Source {
  readonly layer: Layer;
  /** As the user wrote it: `PORT`, `port in tidegate.json`, `--port`; for defaults the environment name. */
  readonly name: string;
}
export type Sources = Readonly<Record<OptionName, Source>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a layer holds, and what is wrong with the layer itself. */
export interface LayerContent {
  readonly values: readonly GivenValue[];
  readonly problems: readonly string[];
}

const OPTION_NAMES = Object.keys(options) as readonly OptionName[];

/** The options among the environment's variables; an empty variable is one that is not set. */
export function environmentLayer(env: Environment): LayerContent {
  const values = OPTION_NAMES.flatMap((option): GivenValue[] => {
    const { env: current, alias }: Option<OptionValue> = options[option];
    const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== '';
    const name = [current, ...(alias === undefined ? [] : [alias])].find(isSet);
    return name === undefined ? [] : [{ option, layer: 'environment', name, value: env[name] }];
  });
  return { values, problems: [] };
}

/** Values given on the command line, by option; `undefined` means not given. */
export function flagLayer(
  flags: Readonly<Partial<Record<OptionName, unknown>>>,
  names: Readonly<Partial<Record<OptionName, string>>>,
): LayerContent {
  const values = OPTION_NAMES.flatMap((option): GivenValue[] => {
    const value = flags[option];
    return value === undefined ? [] : [{ option, layer: 'flag', name: names[option] ?? flagName(option), value }];
  });
  return { values, problems: [] };
}

/** A JSON file whose keys are option names; `$schema` is left alone. */
export function fileLayer(file: string): LayerContent {
  const shortName = path.basename(file);
  const refuse = (problem: string): LayerContent => ({ values: [], problems: [problem] });
  let content: unknown;
  try {
    content = readJsonFile(file);
  } catch (error) {
    return refuse(`${file} ${(error as JsonFileError).message}`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    return refuse(`${file} must hold a JSON object of options, such as {"minInstances": 2}`);
  }
  const values: GivenValue[] = [];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    if (isOption(key)) values.push({ option: key, layer: 'file', name: `${key} in ${shortName}`, value });
    else if (key !== '$schema') problems.push(unknownKey(key, shortName));
  }
  return { values, problems };
}

function isOption(key: string): key is OptionName {
  return Object.hasOwn(options, key);
}

function unknownKey(key: string, fileName: string): string {
  const sameVariable = OPTION_NAMES.find((option) => options[option].env === key);
  const suggestion = sameVariable ?? nearest(key, OPTION_NAMES);
  const hint =
    suggestion === undefined ? 'the options are listed in .env.scaling.example' : `did you mean ${suggestion}?`;
  return `${JSON.stringify(key).slice(0, 80)} in ${fileName} is no option; ${hint}`;
}

function flagName(option: OptionName): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
