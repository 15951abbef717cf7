import { ImportError } from './import-error.ts';
import type { SessionSource, SourceEntry } from './session-source.ts';

/** What is used of an ioredis client; others can be fitted. */
export interface RedisCallable {
  call(command: string, args: (string | number)[]): Promise<unknown>;
}

/** Where a scan has come to, at which server: another one's cursors mean nothing here. */
const CURSOR = /^([0-9a-f]+) (\d+)$/;

const LATEST_MS = 8.64e15;

/** So that there is a page now and then. */
const MOST_STEPS = 50;

/**
 * The sessions of a connect-redis, found by SCAN: some come twice, and keys that vanish meanwhile are passed over.
 * @throws {ImportError} SOURCE_UNSUPPORTED for a cluster, whose keys one server does not know
 */
export async function redisSource(redis: RedisCallable, prefix: string): Promise<SessionSource> {
  const call = async (command: string, args: (string | number)[]): Promise<unknown> => {
    try {
      return await redis.call(command, args);
    } catch (cause) {
      throw explain(cause);
    }
  };
  const info = String(await call('INFO', ['server']));
  if (/^redis_mode:cluster/m.test(info))
    throw new ImportError(
      'SOURCE_UNSUPPORTED',
      'A Redis Cluster cannot be imported from. Move its sessions behind two flags instead: docs/coming-from.md.',
    );
  const runId = /^run_id:([0-9a-f]+)/m.exec(info)?.[1] ?? '0';

  const read = async (keys: readonly string[]): Promise<SourceEntry[]> => {
    if (keys.length === 0) return [];
    const [seconds, micros] = (await call('TIME', [])) as [string, string];
    const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const [texts, ttls] = await Promise.all([
      call('MGET', [...keys]) as Promise<(string | null)[]>,
      Promise.all(keys.map((key) => call('PTTL', [key]) as Promise<number>)),
    ]);
    return keys.flatMap((key, i) => {
      const [text, ttl] = [texts[i], ttls[i] as number];
      // Between the questions it may have vanished; and what is no string is no session.
      if (text === null || text === undefined || ttl === -2) return [];
      return [{ key: key.slice(prefix.length), text, expiresAt: endOf(now, ttl) }];
    });
  };

  return {
    count: async () => Number(await call('DBSIZE', [])),
    page: async (from, limit) => {
      const [, server, at] = CURSOR.exec(from ?? '') ?? [];
      const keys = new Set<string>();
      let cursor = server === runId && at !== undefined ? at : '0';
      // Where sessions are few among other keys, a step of the scan finds next to none.
      for (let steps = 0; steps < MOST_STEPS && keys.size < limit; steps++) {
        const args = [cursor, 'MATCH', `${escapePattern(prefix)}*`, 'COUNT', limit];
        const [next, found] = (await call('SCAN', args)) as [string, string[]];
        for (const key of found) keys.add(key);
        cursor = next;
        if (cursor === '0') break;
      }
      return { entries: await read([...keys]), next: cursor === '0' ? undefined : `${runId} ${cursor}` };
    },
    find: (keys) => read(keys.map((key) => prefix + key)),
  };
}

/** What is later than JavaScript can tell is never. */
const endOf = (now: number, ttl: number): Date | undefined =>
  ttl === -1 || now + ttl > LATEST_MS ? undefined : new Date(now + ttl);

const escapePattern = (text: string): string => text.replace(/[\\*?[\]^-]/g, '\\$&');

/** Redis's own errors begin with a word in capitals; everything else is about the connection. */
function explain(cause: unknown): ImportError {
  const message = cause instanceof Error ? cause.message : '';
  if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(message))
    return new ImportError(
      'SOURCE_REFUSED',
      'The Redis of the source refused the login. Check the user and password in its URL, and what that user may do.',
      { cause },
    );
  if (/^[A-Z]+ /.test(message))
    return new ImportError('SOURCE_UNSUPPORTED', `The Redis of the source cannot be read: ${message}.`, { cause });
  return new ImportError(
    'SOURCE_UNREACHABLE',
    'The Redis of the source does not answer. Start it, or correct its URL, and give the command again.',
    { cause },
  );
}
