// Sessions that Django and this program both serve, in Django's own table, with Django's own cookie, "sessionid".
import { createSessions, pgExecutor, type PgPoolLike, type Sessions } from '@switchyard/session-backends';
import { djangoCodec, djangoTable, sharedTableStore } from '@switchyard/session-backends/foreign';

/** @param secretKeys Django's SECRET_KEY, and its SECRET_KEY_FALLBACKS after it */
export const sharedSessions = (pool: PgPoolLike, secretKeys: readonly string[]): Sessions =>
  createSessions({
    store: sharedTableStore({ executor: pgExecutor(pool), table: djangoTable() }),
    keyEncoding: 'plain',
    codec: djangoCodec({ secretKeys }),
    // As SESSION_COOKIE_AGE.
    ttlMs: 14 * 86_400_000,
  });
