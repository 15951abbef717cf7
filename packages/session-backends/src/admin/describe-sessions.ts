import { epochOf, type Version } from '../fence/rules.ts';
import { encodeKey, type KeyEncoding, type SessionKey, type StoredKey } from '../keys.ts';
import type { SqlExecutor } from '../sql-executor.ts';
import type { ListedSession } from './list-sessions.ts';

/** A session as an operator may see it: without its key, and without what is in it. */
export interface SessionDescription {
  /** The first eight digits of the SHA-256 of its key: enough to tell it from others, and nobody can use it. */
  readonly keyStart: string;
  /** When it first came to one of the databases that hold it; `undefined` if it was destroyed a moment ago. */
  readonly createdAt: Date | undefined;
  readonly expiresAt: Date;
  /** Which reign of a database it was written in last: odd, the old one's; even, the new one's. */
  readonly epoch: number;
  readonly version: Version;
  /** Those that hold it as it is now; what lags behind is not named. */
  readonly databases: readonly string[];
}

interface Held {
  /** Null: another library's table does not tell. */
  readonly createdAt: Date | null;
  readonly version: Version;
}

const HELD = `select session_key, created_at, version::float8 as version from session where session_key = any ($1::text[])`;

/**
 * Describes listed sessions, in their order.
 * @param databases where they may lie, by name
 */
export async function describeSessions(
  listed: readonly ListedSession[],
  databases: Readonly<Record<string, SqlExecutor>>,
  keyEncoding: KeyEncoding = 'sha256',
): Promise<SessionDescription[]> {
  const keys = listed.map(({ key }) => key);
  const held = await Promise.all(
    Object.entries(databases).map(async ([name, executor]) => ({ name, rows: await readHeld(executor, keys) })),
  );
  return listed.map(({ key, record: { version, expiresAt } }) => {
    const rows = held.flatMap(({ name, rows: at }) => {
      const row = at.get(key);
      return row === undefined ? [] : [{ name, ...row }];
    });
    const created = rows.flatMap(({ createdAt }) => createdAt?.getTime() ?? []);
    return {
      keyStart: hashOf(key, keyEncoding).slice(0, 8),
      createdAt: created.length === 0 ? undefined : new Date(Math.min(...created)),
      expiresAt,
      epoch: epochOf(version),
      version,
      databases: rows.filter((row) => row.version >= version).map(({ name }) => name),
    };
  });
}

async function readHeld(executor: SqlExecutor, keys: readonly StoredKey[]): Promise<Map<StoredKey, Held>> {
  const rows = await executor.query(HELD, [keys], { name: 'sy_describe' });
  return new Map(
    rows.map((row) => [
      row['session_key'] as StoredKey,
      { createdAt: row['created_at'] as Date | null, version: row['version'] as number },
    ]),
  );
}

/** A plain key is the secret itself. */
const hashOf = (key: StoredKey, keyEncoding: KeyEncoding): string =>
  keyEncoding === 'sha256' ? key : encodeKey(key as string as SessionKey);
