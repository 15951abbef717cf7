import pg, { type Pool } from 'pg';

/** Prisma's own: `prisma migrate` waits for us, and we for it. */
export const LOCK = 72_707_369;

/**
 * Lets one at a time change the migrations of a database; whoever comes second waits, and is told so. The pool handed
 * over has one connection, which holds the lock.
 */
export async function withMigrationLock<T>(
  pool: Pool,
  onWait: () => void,
  work: (sole: Pool) => Promise<T>,
): Promise<T> {
  const { connectionString, connectionTimeoutMillis, application_name } = pool.options;
  // No limit to how long a statement takes: a migration takes as long as it takes.
  const sole = new pg.Pool({
    connectionString,
    connectionTimeoutMillis,
    application_name,
    max: 1,
    idleTimeoutMillis: 0,
  });
  sole.on('error', () => undefined);
  try {
    const { rows } = await sole.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [LOCK]);
    if (rows[0]?.got !== true) {
      onWait();
      await sole.query('select pg_advisory_lock($1)', [LOCK]);
    }
    return await work(sole);
  } finally {
    // Closing lets go as well, but a moment later.
    await sole.query('select pg_advisory_unlock_all()').catch(() => undefined);
    await sole.end();
  }
}
