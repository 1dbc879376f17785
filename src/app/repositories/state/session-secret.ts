import { randomBytes } from 'node:crypto';
import type { RecordState } from './newest-list.ts';

const KEY = 'app:session-secret';
const YEAR_MS = 365 * 86_400_000;

/**
 * The secret that signs session cookies, where none was configured: the first process makes it, the others take that one. A record,
 * because a worker that starts while Redis is away must find the same one.
 * @throws StateError, STATE_UNKNOWN among them: with a secret of its own a machine would take everybody for logged out
 */
export async function agreedSecret({ records }: RecordState): Promise<string> {
  const known = await records.read(KEY, { ifUnknown: 'error' });
  if (known !== undefined) {
    await records.touch(KEY, YEAR_MS);
    return known.value.toString();
  }
  const mine = randomBytes(32).toString('base64url');
  const written = await records.compareAndSet(KEY, 0, mine, { ttlMs: YEAR_MS });
  return written.stored || written.current === undefined ? mine : written.current.value.toString();
}
