import { randomBytes } from 'node:crypto';
import type { Version } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';
import { changeScript, fillScript, getScript } from './redis-cache-scripts.ts';
import type { RedisLike } from './redis-like.ts';
import { notUnderstood, readTime, readUser, readVersion } from './redis-reply.ts';
import {
  HOLD_MS,
  TOKEN_MS,
  TOMBSTONE_MS,
  type CacheAnswer,
  type CacheChange,
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
 * entry or its token, so that one script on one key decides.
 */
export function redisCache(options: RedisCacheOptions): SessionCache {
  const { redis, prefix = 'session:', maxAgeMs = Number.MAX_SAFE_INTEGER, now = Date.now } = options;
  const name = (key: StoredKey): string => prefix + key;
  const lifeMs = ({ expiresAt }: SessionRecord): number => Math.min(expiresAt.getTime() - now(), maxAgeMs);

  const entry = (record: SessionRecord): (string | number)[] => [
    fixed(record.version),
    record.data,
    record.expiresAt.getTime(),
    record.userId ?? '',
    record.userId === null ? 0 : 1,
    lifeMs(record),
  ];

  const args = (change: CacheChange): (string | number)[] => {
    switch (change.kind) {
      case 'set':
      case 'insert':
        return [change.kind, ...entry(change.record)];
      case 'touch': {
        const at = change.expiresAt.getTime();
        return ['touch', fixed(change.version), fixed(change.version - 1), at, Math.min(at - now(), maxAgeMs)];
      }
      case 'destroy':
        return ['destroy', fixed(change.version), TOMBSTONE_MS];
      case 'drop':
        return ['drop'];
      case 'hold':
        return ['hold', HOLD_MS];
    }
  };

  const toAnswer = (reply: unknown): CacheAnswer => {
    const [kind, first, version, expires, user] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (kind === 0 && typeof first === 'string') return { status: 'miss', token: first === '' ? undefined : first };
    if (kind === 2) return { status: 'destroyed' };
    if (kind !== 1 || typeof first !== 'string') throw notUnderstood();
    const expiresAt = readTime(expires);
    if (expiresAt.getTime() <= now()) return { status: 'miss', token: undefined };
    return { status: 'hit', record: { data: first, version: readVersion(version), expiresAt, userId: readUser(user) } };
  };

  // Sent without waiting for one another, they travel together; and in a cluster each goes to its own node.
  return {
    get: async (keys) => {
      const token = randomBytes(12).toString('base64url');
      return Promise.all(keys.map(async (key) => toAnswer(await getScript.run(redis, [name(key)], [token, TOKEN_MS]))));
    },
    fill: async (fills) => {
      await Promise.all(
        fills.map(({ key, token, record }) => fillScript.run(redis, [name(key)], [token, ...entry(record)])),
      );
    },
    change: async (changes) => {
      await Promise.all(changes.map((change) => changeScript.run(redis, [name(change.key)], args(change))));
    },
  };
}

/** Lua's numbers would do, but not its way of writing them: versions are compared as text of one width. */
const fixed = (version: Version): string => String(version).padStart(16, '0');
