import { randomBytes } from 'node:crypto';
import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';
import { createGrouping } from '../grouping.ts';
import {
  changeScript,
  claimScript,
  ENTRY,
  EXPIRY_AT,
  fillScript,
  HOLD,
  TOKEN,
  TOMBSTONE,
  USER_AT,
  VERSION_AT,
} from './redis-cache-scripts.ts';
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
 * A cache in Redis, plain: when it cannot be told of a write, the write is not acknowledged. Each key is one text, its entry
 * or its token: a plain command reads it, and a script decides on a change by what is there.
 */
export function redisCache(options: RedisCacheOptions): SessionCache {
  const { redis, prefix = 'session:', maxAgeMs = Number.MAX_SAFE_INTEGER, now = Date.now } = options;
  const name = (key: StoredKey): string => prefix + key;
  const nameOf = ({ key }: { readonly key: StoredKey }): string => name(key);
  const lifeMs = (expiresAt: Date): number => Math.min(expiresAt.getTime() - now(), maxAgeMs);

  /** As many as the script takes for each key. */
  const args = (change: CacheChange): Argument[] => {
    switch (change.kind) {
      case 'set':
      case 'insert': {
        const { record } = change;
        return [change.kind, lifeMs(record.expiresAt), fixed(record.version), writeEntry(record), ''];
      }
      case 'touch': {
        const { version, expiresAt } = change;
        return ['touch', lifeMs(expiresAt), fixed(version), fixed(version - 1), fixed(expiresAt.getTime())];
      }
      case 'destroy':
        return ['destroy', TOMBSTONE_MS, fixed(change.version), '', ''];
      case 'drop':
        return ['drop', 0, '', '', ''];
      case 'hold':
        return ['hold', HOLD_MS, '', '', ''];
    }
  };

  const toAnswer = (text: unknown): CacheAnswer => {
    if (typeof text !== 'string') throw notUnderstood();
    switch (text[0]) {
      case ENTRY: {
        const record = readEntry(text);
        return record.expiresAt.getTime() > now() ? { status: 'hit', record } : { status: 'miss', token: undefined };
      }
      case TOMBSTONE:
        return { status: 'destroyed' };
      case TOKEN:
        return { status: 'miss', token: text.slice(1) };
      case HOLD:
        return { status: 'miss', token: undefined };
      default:
        throw notUnderstood();
    }
  };

  /** What they have, and a token for those that have nothing of ours. */
  const claim = async (names: readonly string[]): Promise<readonly unknown[]> =>
    listOf(names.length, await claimScript.run(redis, names, [newToken(), TOKEN_MS]));

  let takesGet = true;
  /** Reads it or leaves a token, in one command; in a script where the server is older than 7.0, or others have been there. */
  const askOne = async (key: string): Promise<unknown> => {
    if (takesGet) {
      const token = TOKEN + newToken();
      try {
        const text = await redis.set(key, token, 'PX', TOKEN_MS, 'NX', 'GET');
        if (text === null) return token;
        if (isOurs(text)) return text;
      } catch (error) {
        if (!(error instanceof Error) || !/^(ERR syntax|WRONGTYPE)/.test(error.message)) throw error;
        takesGet = error.message.startsWith('WRONGTYPE');
      }
    }
    return (await claim([key]))[0];
  };

  /** Those that are there are read without a script. */
  const askSome = async (names: readonly string[]): Promise<readonly unknown[]> => {
    const texts = listOf(names.length, await redis.mget(...names));
    const missing = names.filter((_, i) => !isOurs(texts[i]));
    if (missing.length === 0) return texts;
    const claimed = (await claim(missing)).values();
    return texts.map((text) => (isOurs(text) ? text : claimed.next().value));
  };

  const ask = grouped(redis, async (names: readonly string[]) =>
    names.length === 1 ? [await askOne(names[0] as string)] : askSome(names),
  );
  const fill = grouped(redis, async (fills: readonly CacheFill[]) => {
    const values = fills.flatMap(({ token, record }) => [token, writeEntry(record), lifeMs(record.expiresAt)]);
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
        ? ask(name(keys[0] as StoredKey)).then((text) => [toAnswer(text)])
        : Promise.all(keys.map((key) => ask(name(key)).then(toAnswer))),
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

/** What others have put there, or nothing, is not. */
const isOurs = (text: unknown): text is string =>
  typeof text === 'string' && (/^[=-]\d{16}/.test(text) || text[0] === TOKEN || text[0] === HOLD);

function listOf(length: number, reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply) || reply.length !== length) throw notUnderstood();
  return reply as readonly unknown[];
}

const writeEntry = ({ version, expiresAt, userId, data }: SessionRecord): string =>
  // JSON: without a line feed.
  `${ENTRY}${fixed(version)} ${fixed(expiresAt.getTime())} ${userId === null ? '' : JSON.stringify(userId)}\n${data}`;

function readEntry(text: string): SessionRecord {
  const end = text.indexOf('\n', USER_AT);
  if (end < 0) throw notUnderstood();
  return {
    data: text.slice(end + 1),
    version: readVersion(text.slice(VERSION_AT, EXPIRY_AT - 1)),
    expiresAt: readTime(text.slice(EXPIRY_AT, USER_AT - 1)),
    userId: end === USER_AT ? null : readUser(parse(text.slice(USER_AT, end))),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw notUnderstood();
  }
}

/** Sixteen digits, which hold every version and every date. */
const fixed = (number: number): string => String(number).padStart(16, '0');
