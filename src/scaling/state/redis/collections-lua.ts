import { Script } from './script.ts';

/** KEYS: a hash. ARGV: ttlMs, then field, value, … */
export const HASH_SET_FOR = new Script(
  'hashSet',
  `for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])`,
);

/** KEYS: a hash. ARGV: field, by. Like HINCRBY, but it keeps within what a number of JavaScript holds exactly. */
export const HASH_INCREMENT = new Script(
  'hashIncrement',
  `local before = redis.call('HGET', KEYS[1], ARGV[1]) or '0'
local digits = string.match(before, '^%-?(%d+)$')
if not digits or #digits > 16 then return redis.error_reply('ERR hash value is not an integer') end
local value = tonumber(before) + tonumber(ARGV[2])
if math.abs(value) > 9007199254740991 then
  return redis.error_reply('ERR increment would overflow: the sum is no safe integer')
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', value))
return string.format('%.0f', value)`,
);

/** KEYS: a set. ARGV: ttlMs, then the members. Answers how many are new. */
export const SET_ADD_FOR = new Script(
  'setAdd',
  `local added = 0
for i = 2, #ARGV do added = added + redis.call('SADD', KEYS[1], ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return added`,
);
