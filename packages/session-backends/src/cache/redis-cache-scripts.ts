import { redisScript } from './redis-script.ts';

/*
 * One hash per key: an entry (v version, d data, e expiry, u user), a tombstone (v alone), a token (t), or a hold (h).
 * Each script takes any number of keys, all of one node, and deals with one after the other.
 */

/**
 * Reads those fields of a key. What others have put there is not kept: compared with its nonsense, no version would
 * ever be later.
 */
const READ = `
local function read(key, ...)
  local f = redis.pcall('HMGET', key, 'v', ...)
  if not f.err and (not f[1] or (#f[1] == 16 and not string.find(f[1], '%D'))) then return f end
  redis.call('DEL', key)
  return {}
end
`;

/**
 * ARGV: a fresh token, its life. Returns an entry as one text, which clients take in much faster than its parts in a
 * list: "version expiry user", a line feed, and the data; {2}: destroyed; or {0, token}. Of several keys, a list of these.
 */
export const getScript = redisScript(`${READ}
local function get(key)
  local f = read(key, 'd', 'e', 'u', 't', 'h')
  if f[1] and f[2] then return f[1] .. ' ' .. (f[3] or '') .. ' ' .. (f[4] or '') .. '\\n' .. f[2] end
  if f[1] then return {2} end
  if f[6] then return {0, ''} end
  if f[5] then return {0, f[5]} end
  redis.call('HSET', key, 't', ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
  return {0, ARGV[1]}
end
if #KEYS == 1 then return get(KEYS[1]) end
local answers = {}
for i, key in ipairs(KEYS) do answers[i] = get(key) end
return answers
`);

/**
 * Writes an entry; \`at\` is where its arguments start: version, data, expiry, user (as JSON: without a line feed), has a
 * user, life.
 */
const WRITE = `
local function write(key, at)
  redis.call('DEL', key)
  if tonumber(ARGV[at + 5]) <= 0 then return end
  redis.call('HSET', key, 'v', ARGV[at], 'd', ARGV[at + 1], 'e', ARGV[at + 2])
  if ARGV[at + 4] == '1' then redis.call('HSET', key, 'u', ARGV[at + 3]) end
  redis.call('PEXPIRE', key, ARGV[at + 5])
end
`;

/** How many arguments each key has in the two scripts that write. */
export const ARGUMENTS = 7;

/** ARGV for each key: token, entry. */
export const fillScript = redisScript(`${READ}${WRITE}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * ${ARGUMENTS} + 1
  local f = read(key, 't')
  if f[2] == ARGV[at] then write(key, at + 1) end
end
`);

/** ARGV for each key: kind, then what the kind needs. */
export const changeScript = redisScript(`${READ}${WRITE}
local function change(key, at)
  local kind, new = ARGV[at], ARGV[at + 1]
  local f = read(key, 'h', 'd')
  local version, held = f[1], f[2]
  redis.call('HDEL', key, 't')
  if kind == 'hold' then
    redis.call('DEL', key)
    redis.call('HSET', key, 'h', '1')
    redis.call('PEXPIRE', key, new)
  elseif held then
    return
  elseif kind == 'drop' then
    redis.call('DEL', key)
  elseif kind == 'set' then
    if version and version < new then write(key, at + 1) end
  elseif kind == 'insert' then
    if not version or version < new then write(key, at + 1) end
  elseif kind == 'destroy' then
    if not version or version < new then
      redis.call('DEL', key)
      redis.call('HSET', key, 'v', new)
      redis.call('PEXPIRE', key, ARGV[at + 2])
    end
  elseif kind == 'touch' and version and version < new then
    if version == ARGV[at + 2] and f[3] and tonumber(ARGV[at + 4]) > 0 then
      redis.call('HSET', key, 'v', new, 'e', ARGV[at + 3])
      redis.call('PEXPIRE', key, ARGV[at + 4])
    else
      redis.call('DEL', key)
    end
  end
end
for i, key in ipairs(KEYS) do change(key, (i - 1) * ${ARGUMENTS} + 1) end
`);
