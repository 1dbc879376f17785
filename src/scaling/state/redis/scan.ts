import type { CallOptions } from '../shared-state.ts';
import { checkOptions } from './calls.ts';
import { beginsWith } from './key-names.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Keys Redis looks at per step: some 0.1 ms of its time. */
const STEP = 500;

/**
 * Names on Redis that begin with `prefix`, of one type if given, over all masters. Each once, although Redis may tell one several times while
 * its table grows; so the names told are remembered until the end. A deadline holds for each step.
 * @throws StateError STATE_UNAVAILABLE when a master is missing: the names would not be all
 */
export async function* scanNames(
  connection: RedisConnection,
  prefix: string,
  type: string | undefined,
  options: CallOptions | undefined,
): AsyncGenerator<string> {
  const told = new Set<string>();
  const filter = ['MATCH', beginsWith(prefix), 'COUNT', STEP, ...(type === undefined ? [] : ['TYPE', type])];
  for (const master of connection.masters('scan')) {
    let cursor = '0';
    do {
      checkOptions(options);
      const to = connection.settings.cluster ? master : undefined;
      const [next, names] = await connection.read<[Buffer, Buffer[]]>('scan', [cursor, ...filter], options, to);
      for (const bytes of names) {
        const name = bytes.toString();
        if (told.has(name)) continue;
        told.add(name);
        yield name;
      }
      cursor = next.toString();
    } while (cursor !== '0');
  }
}
