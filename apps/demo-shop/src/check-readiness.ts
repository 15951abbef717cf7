import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Alias } from '@switchyard/databases';
import type { SessionStore, StoredKey } from '@switchyard/session-backends';
import type { Readiness } from './shop/shop-dependencies.ts';

export interface ReadinessParts {
  readonly pools: Readonly<Record<Alias, Pool>>;
  /** Without the cache, which might answer for a database that is away. */
  readonly sessions: SessionStore;
  readonly logger: Logger;
}

/** Whoever asks whether the shop is ready does not wait long. */
const WITHIN_MS = 2_000;

/** A key that nobody has, in each of the buckets, which may be at different databases. */
export const NOBODYS_KEYS = Array.from(
  { length: 256 },
  (_, bucket) => (bucket.toString(16).padStart(2, '0') + '0'.repeat(62)) as StoredKey,
);

/**
 * The shop is ready when the main database answers and sessions can be served, be it a part of them. Which databases
 * that takes is for the flags and the fences to say: one that is not needed now may be away.
 */
export async function checkReadiness({ pools, sessions, logger }: ReadinessParts): Promise<Readiness> {
  const database = async (alias: Alias): Promise<string> => {
    try {
      await within(pools[alias].query('select 1'));
      return 'ok';
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      logger.warn({ database: alias, code }, 'a database cannot be reached');
      return 'unreachable';
    }
  };
  const store = async (): Promise<string> => {
    const results = await within(sessions.load(NOBODYS_KEYS)).catch(() => []);
    const answered = results.filter(({ status }) => status !== 'unavailable').length;
    if (answered === NOBODYS_KEYS.length) return 'ok';
    return answered === 0 ? 'unavailable' : 'unavailable in part';
  };
  const [main, other, served] = await Promise.all([database('main'), database('sessions'), store()]);
  return {
    isReady: main === 'ok' && served !== 'unavailable',
    checks: { main, sessions: other, 'session store': served },
  };
}

async function within<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), WITHIN_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
