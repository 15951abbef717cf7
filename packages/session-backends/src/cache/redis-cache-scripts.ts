import { redisScript } from './redis-script.ts';

/*
 * One text per key, told apart by its first character, so that plain commands read it: an entry, "=version expiry user", a
 * line feed and the data; a tombstone, "-version"; a token, "?token"; or a hold, "!". Versions and expiries have 16 digits:
 * they are compared as text, and replaced in place.
 */
export const ENTRY = '=';
export const TOMBSTONE = '-';
export const TOKEN = '?';
export const HOLD = '!';

/** Where the parts of an entry begin. */
export const VERSION_AT = 1;
export const EXPIRY_AT = 18;
export const USER_AT = 35;

/**
 * What is there before the data, if it is one of ours. What others have put there is not kept: compared with its nonsense,
 * no version would ever be later.
 */
const READ = `
local function read(key)
  local head = redis.pcall('GETRANGE', key, 0, 63)
  if head == '' then return '' end
  if type(head) == 'string' and (string.find(head, '^[=-]%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d') or string.find(head, '^[?!]')) then
    return head
  end
  redis.call('DEL', key)
  return ''
end
`;

/** ARGV: a fresh token, its life. Returns a list of what each key has now: where there was nothing, the token. */
export const claimScript = redisScript(`${READ}
local answers = {}
for i, key in ipairs(KEYS) do
  if read(key) == '' then redis.call('SET', key, '${TOKEN}' .. ARGV[1], 'PX', ARGV[2]) end
  answers[i] = redis.call('GET', key)
end
return answers
`);

const WRITE = `
local function write(key, entry, life)
  if tonumber(life) > 0 then redis.call('SET', key, entry, 'PX', life) else redis.call('DEL', key) end
end
`;

/** How many arguments each key has in a fill. */
const FILL_ARGUMENTS = 3;

/** ARGV for each key: token, entry, life. */
export const fillScript = redisScript(`${READ}${WRITE}
for i, key in ipairs(KEYS) do
  local at = (i - 1) * ${FILL_ARGUMENTS} + 1
  if read(key) == '${TOKEN}' .. ARGV[at] then write(key, ARGV[at + 1], ARGV[at + 2]) end
end
`);

/** How many arguments each key has in a change. */
const CHANGE_ARGUMENTS = 5;

/** ARGV for each key: kind, life, version, then an entry, or of a touch the version before and the expiry. */
export const changeScript = redisScript(`${READ}${WRITE}
local function change(key, at)
  local kind, life, new = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if kind == 'hold' then return redis.call('SET', key, '${HOLD}', 'PX', life) end
  local head = read(key)
  local mark, version = string.sub(head, 1, 1), nil
  if mark == '${HOLD}' then return end
  if mark == '${TOKEN}' then redis.call('DEL', key) end
  if mark == '${ENTRY}' or mark == '${TOMBSTONE}' then version = string.sub(head, 2, 17) end
  if kind == 'drop' then
    redis.call('DEL', key)
  elseif kind == 'set' then
    if version and version < new then write(key, ARGV[at + 3], life) end
  elseif kind == 'insert' then
    if not version or version < new then write(key, ARGV[at + 3], life) end
  elseif kind == 'destroy' then
    if not version or version < new then redis.call('SET', key, '${TOMBSTONE}' .. new, 'PX', life) end
  elseif kind == 'touch' and version and version < new then
    if version == ARGV[at + 3] and mark == '${ENTRY}' and tonumber(life) > 0 then
      redis.call('SETRANGE', key, ${VERSION_AT}, new)
      redis.call('SETRANGE', key, ${EXPIRY_AT}, ARGV[at + 4])
      redis.call('PEXPIRE', key, life)
    else
      redis.call('DEL', key)
    end
  end
end
for i, key in ipairs(KEYS) do change(key, (i - 1) * ${CHANGE_ARGUMENTS} + 1) end
`);
