import { randomUUID } from 'node:crypto';
import pg, { type Pool } from 'pg';
import { DatabaseError } from '../database-error.ts';

/**
 * Hands over an empty database of one moment, on the same server, in which migrations can be tried out.
 * @throws {DatabaseError} SHADOW_DATABASE_REFUSED
 */
export async function withShadowDatabase<T>(pool: Pool, work: (shadow: Pool) => Promise<T>): Promise<T> {
  const database = `switchyard_shadow_${process.pid}_${randomUUID()}`;
  const url = new URL(pool.options.connectionString ?? '');
  url.pathname = `/${database}`;
  await pool.query(`create database "${database}" template template0`).catch((cause: unknown) => {
    if (!(cause instanceof pg.DatabaseError) || cause.code !== '42501') throw cause;
    throw new DatabaseError(
      'SHADOW_DATABASE_REFUSED',
      'A migration is worked out in a database of its own, made for a moment on the same server, and this user may not ' +
        'create one. Do it on a development server, or leave the URL unset to use the embedded one.',
      { cause },
    );
  });
  const shadow = new pg.Pool({ ...pool.options, connectionString: url.href });
  shadow.on('error', () => undefined);
  try {
    return await work(shadow);
  } finally {
    await shadow.end();
    await pool.query(`drop database if exists "${database}" with (force)`);
  }
}
