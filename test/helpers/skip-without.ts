import type { Context } from 'mocha';

/** Skips the test that runs, or the suite of a hook, and says in the report what is missing for it. */
export function skipWithout(context: Context, missing: string): never {
  console.log(`      skipped: ${missing} is missing`);
  return context.skip();
}
