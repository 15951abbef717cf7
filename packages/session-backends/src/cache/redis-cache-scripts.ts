import { redisScript } from './redis-script.ts';

/*
 * One hash per key: an entry (v version, d data, e expiry, u user), a tombstone (v alone), a token (t), or a hold (h).
 */

/**
 * Reads those fields of the key. What others have put there is not kept: compared with its nonsense, no version would
 * ever be later.
 */
const READ = `
local function read(...)
  local f = redis.pcall('HMGET', KEYS[1], 'v', ...)
  if not f.err and (not f[1] or (#f[1] == 16 and not string.find(f[1], '%D'))) then return f end
  redis.call('DEL', KEYS[1])
  return {}
end
`;

/** ARGV: a fresh token, its life. Returns {1, data, version, expiry, user}, {2}: destroyed, or {0, token}. */
export const getScript = redisScript(`${READ}
local f = read('d', 'e', 'u', 't', 'h')
if f[1] and f[2] then return {1, f[2], f[1], f[3], f[4]} end
if f[1] then return {2} end
if f[6] then return {0, ''} end
if f[5] then return {0, f[5]} end
redis.call('HSET', KEYS[1], 't', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {0, ARGV[1]}
`);

/** Writes an entry; \`at\` is where its arguments start: version, data, expiry, user, has a user, life. */
const WRITE = `
local function write(at)
  redis.call('DEL', KEYS[1])
  if tonumber(ARGV[at + 5]) <= 0 then return end
  redis.call('HSET', KEYS[1], 'v', ARGV[at], 'd', ARGV[at + 1], 'e', ARGV[at + 2])
  if ARGV[at + 4] == '1' then redis.call('HSET', KEYS[1], 'u', ARGV[at + 3]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[at + 5])
end
`;

/** ARGV: token, entry. */
export const fillScript = redisScript(`${READ}${WRITE}local f = read('t')
if f[2] == ARGV[1] then write(2) end
`);

/** ARGV: kind, then what the kind needs. */
export const changeScript = redisScript(`${READ}${WRITE}local kind = ARGV[1]
local f = read('h', 'd')
local version, held = f[1], f[2]
redis.call('HDEL', KEYS[1], 't')
if kind == 'hold' then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'h', '1')
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
elseif held then
  return
elseif kind == 'drop' then
  redis.call('DEL', KEYS[1])
elseif kind == 'set' then
  if version and version < ARGV[2] then write(2) end
elseif kind == 'insert' then
  if not version or version < ARGV[2] then write(2) end
elseif kind == 'destroy' then
  if not version or version < ARGV[2] then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'v', ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
  end
elseif kind == 'touch' and version and version < ARGV[2] then
  if version == ARGV[3] and f[3] and tonumber(ARGV[5]) > 0 then
    redis.call('HSET', KEYS[1], 'v', ARGV[2], 'e', ARGV[4])
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
  else
    redis.call('DEL', KEYS[1])
  end
end
`);
