/** PM2's ecosystem files: finds the app that is meant. */
import type { AppDefinition } from './app-definition.ts';
import { EcosystemAppReader, isObject, type RawApp } from './ecosystem-app.ts';
import { UsageError } from './errors.ts';

export interface EcosystemChoice {
  /** `--only`: the app's name. */
  readonly only?: string | undefined;
  /** `--env`: which `env_*` is laid over `env`. */
  readonly environment?: string | undefined;
}

export interface EcosystemResult {
  readonly app: AppDefinition;
  /** One sentence per key that changes nothing here. */
  readonly warnings: readonly string[];
  /** One sentence per value of a wrong kind; the app is without it. What the options make of the others comes later. */
  readonly problems: readonly string[];
}

/**
 * Picks the app from an ecosystem file's content: `{ apps: [...] }`, a list, or a single app.
 * @param fileName for messages
 * @throws UsageError when it is not clear which app is meant
 */
export function readEcosystem(content: unknown, fileName: string, choice: EcosystemChoice): EcosystemResult {
  const { apps, otherKeys } = appsOf(content, fileName);
  const raw = chooseApp(apps, fileName, choice.only);
  const reader = new EcosystemAppReader(raw, fileName);
  const app = reader.read(choice.environment);
  const ignored = otherKeys.map((key) => `${key} in ${fileName} has no meaning here and is ignored`);
  return { app, warnings: [...ignored, ...reader.warnings], problems: reader.problems };
}

function appsOf(
  content: unknown,
  fileName: string,
): { readonly apps: readonly RawApp[]; readonly otherKeys: readonly string[] } {
  const list = isObject(content) && 'apps' in content ? content.apps : content;
  const apps = Array.isArray(list) ? list : [list];
  if (apps.length === 0 || !apps.every((app) => isObject(app) && typeof app.script === 'string' && app.script !== '')) {
    throw new UsageError(`${fileName} must hold { apps: [{ script: "server.js" }] }, each app with its script`);
  }
  const otherKeys = list === content ? [] : Object.keys(content as RawApp).filter((key) => key !== 'apps');
  return { apps, otherKeys };
}

function chooseApp(apps: readonly RawApp[], fileName: string, only: string | undefined): RawApp {
  const names = apps.map((app, index) =>
    typeof app.name === 'string' ? app.name : `app ${index + 1}, which has no name`,
  );
  if (only === undefined) {
    const [first] = apps;
    if (first !== undefined && apps.length === 1) return first;
    throw new UsageError(`${fileName} has several apps: ${names.join(', ')}. Choose one with --only <name>`);
  }
  const found = apps.find((app) => app.name === only);
  if (found === undefined)
    throw new UsageError(`${fileName} has no app ${JSON.stringify(only)}; it has: ${names.join(', ')}`);
  return found;
}
