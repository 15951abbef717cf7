/** The part of `pg.Pool` that is used. */
export interface FlagTableLike {
  query(text: string, values?: unknown[]): Promise<{ rows: { name: string; enabled: boolean }[] }>;
}

/** The two flags as an operator reads and sets them, where they are kept by the default provider: in `feature_flag`. */
export interface PostgresMoveFlags {
  read(): Promise<Readonly<Record<MoveFlagName, boolean>>>;
  write(name: MoveFlagName, enabled: boolean): Promise<void>;
}

type MoveFlagName = 'migration_flag' | 'new_db_router_flag';

/** A flag that has no row is off; to be set, it needs one. */
export const postgresMoveFlags = (pool: FlagTableLike): PostgresMoveFlags => ({
  read: async () => {
    const { rows } = await pool.query('select name, enabled from feature_flag');
    const on = new Set(rows.flatMap(({ name, enabled }) => (enabled ? [name] : [])));
    return { migration_flag: on.has('migration_flag'), new_db_router_flag: on.has('new_db_router_flag') };
  },
  write: async (name, enabled) => {
    await pool.query('update feature_flag set enabled = $2, updated_at = now() where name = $1', [name, enabled]);
  },
});
