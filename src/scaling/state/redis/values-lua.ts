import { Script } from './script.ts';

/** KEYS: a value. ARGV: what it must be. Answers 1 if it was that, and is gone. */
export const DELETE_IF_EQUAL = new Script(
  'deleteIfEqual',
  `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`,
);
