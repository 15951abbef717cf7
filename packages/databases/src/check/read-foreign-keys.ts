import type { Pool } from 'pg';

/** A foreign key as it is in a database, whether or not a schema knows it. */
export interface ForeignKey {
  readonly name: string;
  readonly table: string;
  readonly target: string;
}

export async function readForeignKeys(pool: Pool): Promise<ForeignKey[]> {
  const { rows } = await pool.query<ForeignKey>(
    `select conname as name, source.relname as "table", target.relname as target
       from pg_constraint join pg_class source on source.oid = conrelid join pg_class target on target.oid = confrelid
      where contype = 'f' and source.relnamespace = current_schema()::regnamespace
      order by conname`,
  );
  return rows;
}
