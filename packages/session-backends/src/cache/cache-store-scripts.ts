import { versionOf } from '../fence/rules.ts';
import { redisScript } from './redis-script.ts';

/*
 * One hash per session: v version, d data (none: a tombstone), e expiry, u user. Redis's clock decides what has expired.
 */

const ROW = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function read(key)
  local f = redis.call('HMGET', key, 'v', 'd', 'e', 'u')
  if not f[1] then return nil end
  local live = f[2] and tonumber(f[3]) > now
  return {f[1], live and f[2] or false, f[3], f[4], live and 1 or 0}
end
`;

/** KEYS: any number, in one slot. Returns for each {version, data, expiry, user, live} or nothing. */
export const readScript = redisScript(`${ROW}
local rows = {}
for i, key in ipairs(KEYS) do rows[i] = read(key) or false end
return rows
`);

/**
 * KEYS: the session's, and for a rename the new one. ARGV: kind, data, expiry, user, has a user, version (expected, or
 * the copy's), tombstone. Returns {status, version} or {'conflict', row}.
 */
export const applyScript = redisScript(`${ROW}
local kind, data, expires = ARGV[1], ARGV[2], ARGV[3]
local function padded(version) return string.rep('0', 16 - #version) .. version end
local function write(key, version, tombstone)
  redis.call('DEL', key)
  redis.call('HSET', key, 'v', version, 'e', expires)
  if not tombstone then redis.call('HSET', key, 'd', data) end
  if ARGV[5] == '1' then redis.call('HSET', key, 'u', ARGV[4]) end
  redis.call('PEXPIREAT', key, expires)
end
local FIRST = '${versionOf(1, 1)}'
local row = read(KEYS[1])
local live = row and row[5] == 1

if kind == 'create' then
  if row then return {'taken'} end
  write(KEYS[1], FIRST)
  return {'ok', FIRST}
elseif kind == 'copy' then
  if not row or padded(row[1]) < padded(ARGV[6]) then write(KEYS[1], ARGV[6], ARGV[7] == '1') end
  return {'ok', ARGV[6]}
elseif kind == 'destroy' then
  if not row then return {'ok', '0'} end
  if not live then return {'ok', row[1]} end
  redis.call('HDEL', KEYS[1], 'd')
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  return {'ok', redis.call('HGET', KEYS[1], 'v')}
elseif not live then
  return {'gone'}
elseif kind == 'touch' then
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  redis.call('HSET', KEYS[1], 'e', expires)
  redis.call('PEXPIREAT', KEYS[1], expires)
  return {'ok', redis.call('HGET', KEYS[1], 'v')}
elseif ARGV[6] ~= '' and ARGV[6] ~= row[1] then
  return {'conflict', row}
elseif kind == 'update' then
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  local version = redis.call('HGET', KEYS[1], 'v')
  write(KEYS[1], version)
  return {'ok', version}
elseif kind == 'rename' then
  if redis.call('EXISTS', KEYS[2]) == 1 then return {'taken'} end
  redis.call('HDEL', KEYS[1], 'd')
  redis.call('HINCRBY', KEYS[1], 'v', 1)
  write(KEYS[2], FIRST)
  return {'ok', FIRST}
end
return redis.error_reply('unknown kind')
`);
