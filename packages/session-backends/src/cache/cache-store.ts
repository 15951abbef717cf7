import { classifyLost, telltaleKey, toRecord, type FencedOperation } from '../fence/classify.ts';
import type { SiteRow } from '../fence/site.ts';
import { bucketOfStored, type KeyEncoding, type StoredKey } from '../keys.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import { applyScript, readScript } from './cache-store-scripts.ts';
import type { ScriptedRedis } from './redis-like.ts';
import { notUnderstood, readText, readTime, readUser, readVersion } from './redis-reply.ts';

export interface CacheStoreOptions {
  readonly redis: ScriptedRedis;
  /** Starts every key. Default is "session-store:". */
  readonly prefix?: string;
  /** Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
}

const TRIES = 3;

/**
 * Sessions in Redis and nowhere else. They are as durable as that Redis is: without persistence a restart is a log-out
 * for everybody, and a failover may take back what was acknowledged.
 */
export function cacheStore({
  redis,
  prefix = 'session-store:',
  keyEncoding = 'sha256',
}: CacheStoreOptions): SessionStore {
  // The bucket is the hash tag: a rename stays within a bucket, and so within one node of a cluster.
  const name = (key: StoredKey): string =>
    `${prefix}{${bucketOfStored(key, keyEncoding).toString(16).padStart(2, '0')}}:${key}`;

  const read = async (key: StoredKey): Promise<SiteRow | undefined> =>
    toRow(onlyOne(await readScript.run(redis, [name(key)], [])));

  const load = async (key: StoredKey): Promise<LoadResult> => {
    try {
      const row = await read(key);
      return row?.live ? { status: 'found', record: toRecord(row) } : { status: 'absent' };
    } catch (cause) {
      return { status: 'unavailable', cause };
    }
  };

  const send = async (operation: SessionOperation): Promise<ApplyResult> => {
    const keys = operation.kind === 'rename' ? [operation.key, operation.newKey] : [operation.key];
    const reply = await applyScript.run(redis, keys.map(name), toArguments(operation));
    const [status, what] = Array.isArray(reply) ? (reply as unknown[]) : [];
    if (status === 'ok') return { status, version: readVersion(what) };
    if (status === 'gone' || status === 'taken') return { status };
    const current = status === 'conflict' ? toRow(what) : undefined;
    if (current === undefined) throw notUnderstood();
    return { status: 'conflict', current: toRecord(current) };
  };

  /** After a lost answer the row tells what became of the write; only what cannot take effect twice is sent again. */
  const settle = async (operation: FencedOperation): Promise<ApplyResult | 'retry'> =>
    classifyLost(operation, await read(telltaleKey(operation)));

  const apply = async (operation: SessionOperation): Promise<ApplyResult> => {
    let outcome: 'none' | 'unknown' = 'none';
    let cause: unknown;
    for (let tries = 1; tries <= TRIES; tries++) {
      try {
        const result = await send(operation);
        if (outcome === 'none' || result.status === 'ok') return result;
      } catch (error) {
        cause = error;
        if (mayHaveHappened(error)) outcome = 'unknown';
        if (outcome === 'none') break;
      }
      if (operation.kind === 'copy') continue;
      const settled = await settle(operation).catch(() => 'unsettled' as const);
      if (settled === 'unsettled') break;
      if (settled !== 'retry') return settled;
    }
    return { status: 'unavailable', cause, outcome };
  };

  return {
    load: (keys) => Promise.all(keys.map(load)),
    apply: (operations) => Promise.all(operations.map(apply)),
  };
}

/** What the server answered with an error, and what was never sent, has not happened. */
function mayHaveHappened(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  return error.name !== 'ReplyError' && !error.message.startsWith("Stream isn't writeable");
}

/** What the script takes; what a kind does not have, it does not look at. */
function toArguments(operation: SessionOperation): (string | number)[] {
  const row = {
    data: '' as string | null,
    expiresAt: undefined,
    userId: null,
    expectedVersion: undefined,
    ...operation,
  };
  const version = operation.kind === 'copy' ? operation.version : row.expectedVersion;
  return [
    operation.kind,
    row.data ?? '',
    row.expiresAt?.getTime() ?? 0,
    row.userId ?? '',
    row.userId === null ? 0 : 1,
    version ?? '',
    row.data === null ? 1 : 0,
  ];
}

function onlyOne(reply: unknown): unknown {
  if (!Array.isArray(reply) || reply.length !== 1) throw notUnderstood();
  return reply[0];
}

function toRow(reply: unknown): SiteRow | undefined {
  if (reply === null) return undefined;
  const [version, data, expires, user, live] = Array.isArray(reply) ? (reply as unknown[]) : [];
  return {
    version: readVersion(version),
    data: data === null ? null : readText(data),
    expiresAt: readTime(expires),
    userId: readUser(user),
    live: live === 1,
  };
}
