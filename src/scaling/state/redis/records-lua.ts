import { Script } from './script.ts';

/*
 * A living record is a hash of v (its version) and d (its bytes); a deleted one is a string, its version, so that a scan for hashes finds
 * the living only. Both have a time.
 */

/** `version, living` of a record; 0 where there is none. */
const STATE_OF = `local function stateOf(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then return tonumber(redis.call('HGET', key, 'v')), true end
  if kind == 'string' then return tonumber(redis.call('GET', key)), false end
  return 0, false
end
local function write(key, version, value, ttlMs)
  redis.call('DEL', key)
  redis.call('HSET', key, 'v', string.format('%.0f', version), 'd', value)
  redis.call('PEXPIRE', key, ttlMs)
end
`;

/** KEYS: the record. Answers version, bytes, what is left of its time; nil: there is none. */
export const READ_RECORD = new Script(
  'records.read',
  `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return nil end
local record = redis.call('HMGET', KEYS[1], 'v', 'd')
return {record[1], record[2], redis.call('PTTL', KEYS[1])}`,
);

/** KEYS: the record. ARGV: expected version, bytes, ttlMs. Answers 1 and the new version, or 0 and the record that is there, if any. */
export const COMPARE_AND_SET = new Script(
  'records.compareAndSet',
  `${STATE_OF}
local version, living = stateOf(KEYS[1])
if tonumber(ARGV[1]) ~= (living and version or 0) then
  if not living then return {0} end
  local record = redis.call('HMGET', KEYS[1], 'v', 'd')
  return {0, record[1], record[2], redis.call('PTTL', KEYS[1])}
end
write(KEYS[1], version + 1, ARGV[2], ARGV[3])
return {1, string.format('%.0f', version + 1)}`,
);

/** KEYS: the record. ARGV: version, ttlMs, and the bytes unless it is a deletion. Answers 1 if it was taken over. */
export const SET_IF_NEWER = new Script(
  'records.setIfNewer',
  `${STATE_OF}
if tonumber(ARGV[1]) <= stateOf(KEYS[1]) then return 0 end
if ARGV[3] then write(KEYS[1], tonumber(ARGV[1]), ARGV[3], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1`,
);

/** KEYS: the record. ARGV: ttlMs. Answers 1 if it lives. */
export const TOUCH_RECORD = new Script(
  'records.touch',
  `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])`,
);

/** KEYS: the record. Leaves its next version for as long as it would have lived. Answers 1 if it lived. */
export const DELETE_RECORD = new Script(
  'records.delete',
  `${STATE_OF}
local version, living = stateOf(KEYS[1])
if not living then return 0 end
local ttl = math.max(1, redis.call('PTTL', KEYS[1]))
redis.call('SET', KEYS[1], string.format('%.0f', version + 1), 'PX', ttl)
return 1`,
);
