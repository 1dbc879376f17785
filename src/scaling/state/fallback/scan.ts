import { PrimaryFailed } from './failure.ts';
import type { PrimaryGuard } from './primary-guard.ts';

/**
 * The keys on Redis and then, `always` or only if Redis `failed`, those of the embedded store that have not been told.
 * Redis may fail in the middle: then what it has told stays told.
 */
export async function* scanBoth(
  guard: PrimaryGuard,
  primary: () => AsyncIterable<string>,
  embedded: () => AsyncIterable<string>,
  embeddedToo: 'always' | 'failed',
): AsyncGenerator<string> {
  const told = new Set<string>();
  let failed = false;
  const keys = primary()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await guard.run(() => keys.next());
      if (step.done === true) break;
      told.add(step.value);
      yield step.value;
    }
  } catch (error) {
    if (!(error instanceof PrimaryFailed)) throw error;
    failed = true;
  } finally {
    // Not awaited: a generator that waits for a hung Redis returns only after that.
    keys.return?.().catch(() => {});
  }
  if (!failed && embeddedToo === 'failed') return;
  for await (const key of embedded()) {
    if (!told.has(key)) yield key;
  }
}
