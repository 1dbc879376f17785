/** Variables of the environment that are one letter away from an option: they belong to nobody, so a typo would go unseen. */
import { options } from '../../config/schema.ts';

/** Shorter names are near to too many that mean something else. */
const SHORTEST = 8;

/** A warning for each variable that is set and differs in one letter from an option that is not. */
export function nearNameWarnings(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const names = Object.values(options).map((option) => option.env);
  const known = new Set<string>(names);
  const given = Object.keys(env).filter((name) => env[name] && name.length >= SHORTEST && !known.has(name));
  return given.flatMap((name) => {
    const meant = names.find((option) => !env[option] && oneLetterApart(name, option));
    return meant === undefined ? [] : [`${name} is no option of Tidegate; did you mean ${meant}?`];
  });
}

/** One letter more, less, or another. */
function oneLetterApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return a.length - start - end <= 1 && b.length - start - end <= 1;
}
