import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROFILES, type ServiceProfile } from './profile.ts';

/** A profile file that can't be used. */
export class ProfileFileError extends Error {
  override readonly name = 'ProfileFileError';
  readonly code = 'PROFILE_FILE';
}

const [API] = PROFILES as readonly [ServiceProfile, ...ServiceProfile[]];
const MUST_BE_ABOVE_ZERO: ReadonlySet<string> = new Set(['cpuMs', 'coreShare', 'objectiveMs', 'warmUpMs', 'rssBytes']);
const DESCRIPTIONS: ReadonlySet<string> = new Set(['name', 'title']);

/**
 * A service measured elsewhere: JSON with fields of `ServiceProfile`; those left out are the `api` profile's. Its name is the file's.
 * @throws {ProfileFileError} for a file that can't be read, a field that does not exist, or a value that is no number it can be
 */
export function readProfileFile(file: string): ServiceProfile {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new ProfileFileError(`${file} can't be used as a profile: ${(error as Error).message}`);
  }
  return parseProfile(given, path.basename(file, '.json'));
}

/** @throws {ProfileFileError} */
export function parseProfile(given: unknown, name: string): ServiceProfile {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ProfileFileError(`${name}: given ${JSON.stringify(given)}; must be an object`);
  }
  const known = Object.keys(API).filter((key) => !DESCRIPTIONS.has(key));
  for (const [key, value] of Object.entries(given)) {
    if (!known.includes(key))
      throw new ProfileFileError(`${name}: ${key}: there is no such field; there are ${known.join(', ')}`);
    const least = MUST_BE_ABOVE_ZERO.has(key) ? Number.MIN_VALUE : 0;
    const most = key === 'coreShare' ? 1 : Number.MAX_SAFE_INTEGER;
    if (typeof value !== 'number' || value < least || value > most) {
      throw new ProfileFileError(
        `${name}: ${key}: given ${JSON.stringify(value)}; must be a number ${least > 0 ? 'above 0' : 'of at least 0'}${most === 1 ? ', at most 1' : ''}`,
      );
    }
  }
  return { ...API, title: `from ${name}.json`, ...given, name };
}
