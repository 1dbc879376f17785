import { Script } from './script.ts';

/*
 * A count is a sorted set with one member whose score is the count: so it is of another type than a value, and a call for the one
 * on the other fails as it does in the embedded store. Scores are exact up to 2^53, as numbers here are.
 */

/** KEYS: the count. ARGV: by, ttlMs. Its time begins with the first increment. Answers the value and what is left of the time. */
export const INCREMENT = new Script(
  'increment',
  `local before = redis.call('ZSCORE', KEYS[1], 'n')
local value = tonumber(before or 0) + tonumber(ARGV[1])
if math.abs(value) > 9007199254740991 then
  return redis.error_reply('ERR increment would overflow: the sum is no safe integer')
end
redis.call('ZADD', KEYS[1], string.format('%.0f', value), 'n')
if not before then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return {string.format('%.0f', value), redis.call('PTTL', KEYS[1])}`,
);

/** KEYS: the count. Answers the value and what is left of its time; nil: there is none. */
export const READ_COUNT = new Script(
  'count',
  `local value = redis.call('ZSCORE', KEYS[1], 'n')
if not value then return nil end
return {string.format('%.0f', tonumber(value)), redis.call('PTTL', KEYS[1])}`,
);
