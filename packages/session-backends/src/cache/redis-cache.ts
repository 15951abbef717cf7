import { randomBytes } from 'node:crypto';
import type { Version } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';
import { createGrouping } from '../grouping.ts';
import { changeScript, fillScript, getScript } from './redis-cache-scripts.ts';
import type { RedisLike } from './redis-like.ts';
import { notUnderstood, readTime, readUser, readVersion } from './redis-reply.ts';
import {
  HOLD_MS,
  TOKEN_MS,
  TOMBSTONE_MS,
  type CacheAnswer,
  type CacheChange,
  type CacheFill,
  type SessionCache,
} from './session-cache.ts';

export interface RedisCacheOptions {
  readonly redis: RedisLike;
  /** Starts every key. Default is "session:". */
  readonly prefix?: string;
  /** The longest life of an entry, in milliseconds. Default is the session's own. */
  readonly maxAgeMs?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
}

/**
 * A cache in Redis, plain: when it cannot be told of a write, the write is not acknowledged. Each key is one hash, its
 * entry or its token, so that a script decides on each by what is there.
 */
export function redisCache(options: RedisCacheOptions): SessionCache {
  const { redis, prefix = 'session:', maxAgeMs = Number.MAX_SAFE_INTEGER, now = Date.now } = options;
  const name = (key: StoredKey): string => prefix + key;
  const nameOf = ({ key }: { readonly key: StoredKey }): string => name(key);
  const lifeMs = ({ expiresAt }: SessionRecord): number => Math.min(expiresAt.getTime() - now(), maxAgeMs);

  /** What is to be known first, then the entry: as many as ARGUMENTS. */
  const withEntry = (first: string, record: SessionRecord): Argument[] => [
    first,
    fixed(record.version),
    record.data,
    record.expiresAt.getTime(),
    record.userId === null ? '' : JSON.stringify(record.userId),
    record.userId === null ? 0 : 1,
    lifeMs(record),
  ];

  const args = (change: CacheChange): Argument[] => {
    switch (change.kind) {
      case 'set':
      case 'insert':
        return withEntry(change.kind, change.record);
      case 'touch': {
        const at = change.expiresAt.getTime();
        return ['touch', fixed(change.version), fixed(change.version - 1), at, Math.min(at - now(), maxAgeMs), '', ''];
      }
      case 'destroy':
        return ['destroy', fixed(change.version), TOMBSTONE_MS, '', '', '', ''];
      case 'drop':
        return ['drop', '', '', '', '', '', ''];
      case 'hold':
        return ['hold', HOLD_MS, '', '', '', '', ''];
    }
  };

  const toAnswer = (reply: unknown): CacheAnswer => {
    if (typeof reply === 'string') {
      const record = readEntry(reply);
      return record.expiresAt.getTime() > now() ? { status: 'hit', record } : { status: 'miss', token: undefined };
    }
    const [kind, token] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (kind === 0 && typeof token === 'string') return { status: 'miss', token: token === '' ? undefined : token };
    if (kind === 2) return { status: 'destroyed' };
    throw notUnderstood();
  };

  const ask = grouped(redis, async (keys: readonly StoredKey[]) => {
    const token = newToken();
    const reply = await getScript.run(redis, keys.map(name), [token, TOKEN_MS]);
    const replies = keys.length === 1 ? [reply] : reply;
    if (!Array.isArray(replies) || replies.length !== keys.length) throw notUnderstood();
    return replies as readonly unknown[];
  });
  const fill = grouped(redis, async (fills: readonly CacheFill[]) => {
    const values = fills.flatMap(({ token, record }) => withEntry(token, record));
    await fillScript.run(redis, fills.map(nameOf), values);
    return fills;
  });
  const change = grouped(redis, async (changes: readonly CacheChange[]) => {
    await changeScript.run(redis, changes.map(nameOf), changes.flatMap(args));
    return changes;
  });

  return {
    // Each by itself: what is wrong with one is the trouble of him who asks for it.
    get: (keys) =>
      keys.length === 1
        ? ask(keys[0] as StoredKey).then((reply) => [toAnswer(reply)])
        : Promise.all(keys.map((key) => ask(key).then(toAnswer))),
    fill: async (fills) => void (await Promise.all(fills.map(fill))),
    change: async (changes) => void (await Promise.all(changes.map(change))),
  };
}

type Argument = string | number;

/** Nobody else draws the same; more is not asked of it. */
const OWN = randomBytes(12).toString('base64url');
let tokens = 0;
const newToken = (): string => `${OWN}${tokens++}`;

/** Commands of a kind under way at a time: Redis is to have the next one when it has done one. Measured. */
const WIDTH = 4;

/**
 * What is asked for at the same time is one command. In a cluster each key goes to its own node, by itself; what is sent
 * without waiting for one another travels together there, too.
 */
const grouped = <T, R>(
  redis: RedisLike,
  call: (items: readonly T[]) => Promise<readonly R[]>,
): ((item: T) => Promise<R>) =>
  redis.isCluster === true ? async (item) => (await call([item]))[0] as R : createGrouping({ call, width: WIDTH });

const WIDTH_OF_VERSION = 16;

/** What the script says of an entry. */
function readEntry(reply: string): SessionRecord {
  const afterTime = reply.indexOf(' ', WIDTH_OF_VERSION + 1);
  const end = reply.indexOf('\n', afterTime);
  if (afterTime < 0 || end < 0) throw notUnderstood();
  return {
    data: reply.slice(end + 1),
    version: readVersion(reply.slice(0, WIDTH_OF_VERSION)),
    expiresAt: readTime(reply.slice(WIDTH_OF_VERSION + 1, afterTime)),
    userId: end === afterTime + 1 ? null : readUser(parse(reply.slice(afterTime + 1, end))),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw notUnderstood();
  }
}

/** Lua's numbers would do, but not its way of writing them: versions are compared as text of one width. */
const fixed = (version: Version): string => String(version).padStart(WIDTH_OF_VERSION, '0');
