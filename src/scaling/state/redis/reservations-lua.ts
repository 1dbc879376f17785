import { Script } from './script.ts';

/*
 * All reservations under a key are one hash: 'u' and a name to what is taken of it, 't' and a token to the names and amounts it holds,
 * packed. One hash is one step, and lies in one slot. It is gone with its last token.
 */

/** KEYS: the hash. ARGV: token, then name, by, max, … Answers 1, or 0, the name that would go over, and what is taken of it. */
export const RESERVE = new Script(
  'reservations.reserve',
  `local token = 't' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], token) == 1 then return {1} end
local held = {}
for i = 2, #ARGV, 3 do
  local used = redis.call('HGET', KEYS[1], 'u' .. ARGV[i]) or '0'
  if tonumber(used) + tonumber(ARGV[i + 1]) > tonumber(ARGV[i + 2]) then return {0, ARGV[i], used} end
  held[#held + 1] = ARGV[i]
  held[#held + 1] = ARGV[i + 1]
end
for i = 1, #held, 2 do redis.call('HINCRBY', KEYS[1], 'u' .. held[i], held[i + 1]) end
redis.call('HSET', KEYS[1], token, cmsgpack.pack(held))
return {1}`,
);

/** KEYS: the hash. ARGV: token. Answers 1 if it was held. */
export const RELEASE = new Script(
  'reservations.release',
  `local token = 't' .. ARGV[1]
local packed = redis.call('HGET', KEYS[1], token)
if not packed then return 0 end
local held = cmsgpack.unpack(packed)
for i = 1, #held, 2 do
  local name = 'u' .. held[i]
  local left = tonumber(redis.call('HGET', KEYS[1], name) or '0') - tonumber(held[i + 1])
  if left > 0 then redis.call('HSET', KEYS[1], name, string.format('%.0f', left)) else redis.call('HDEL', KEYS[1], name) end
end
redis.call('HDEL', KEYS[1], token)
return 1`,
);

/** KEYS: the hash. Answers name, amount, … */
export const USED = new Script(
  'reservations.used',
  `local all, used = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 1) == 'u' then
    used[#used + 1] = string.sub(all[i], 2)
    used[#used + 1] = all[i + 1]
  end
end
return used`,
);

/** KEYS: the hash. Answers the tokens held. */
export const TOKENS = new Script(
  'reservations.tokens',
  `local tokens = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 1) == 't' then tokens[#tokens + 1] = string.sub(field, 2) end
end
return tokens`,
);
