import { pgExecutor, SqlFailure, type PgPoolLike, type SqlExecutor } from '@switchyard/session-backends';
import {
  DEFAULT_SIDE_SCHEMA,
  foreignSite,
  LIBRARY_TRIGGERS,
  purgeTombstones,
} from '@switchyard/session-backends/foreign';
import { pgMoveDatabase, type MoveDatabase, type MovePoolLike } from '../move-database.ts';
import type { MoveSide } from '../move-side.ts';

export interface ForeignSideOptions {
  readonly pool: PgPoolLike & MovePoolLike;
  /** The library's table, as SQL has it, with its schema. */
  readonly table: string;
  /** Of the tables and functions of the move. Default is "switchyard". */
  readonly sideSchema?: string;
}

/** Once the table is gone, nobody can write there. */
const MISSING_TRIGGERS = `select n.name from unnest($2::text[]) as n(name)
  where to_regclass($1) is not null and not exists (
    select from pg_trigger where tgrelid = to_regclass($1) and tgname = n.name and tgenabled in ('O', 'A'))`;

/** For tools that look for `session` and the tables of a move by their bare names. */
export function sideExecutor(pool: MovePoolLike, sideSchema = DEFAULT_SIDE_SCHEMA): SqlExecutor {
  const database = pgMoveDatabase(pool, { schema: sideSchema });
  return {
    query: (text, values) =>
      database.query(text, values).catch((cause: unknown) => {
        const isRefusal = new SqlFailure('none', cause).sqlState !== undefined;
        throw new SqlFailure(isRefusal ? 'none' : 'unknown', cause);
      }),
  };
}

/** The old side of a move whose rows lie in another library's table. The pool stays the caller's. */
export function foreignSide({ pool, table, sideSchema = DEFAULT_SIDE_SCHEMA }: ForeignSideOptions): MoveSide {
  const database = pgMoveDatabase(pool, { schema: sideSchema });
  return {
    database,
    site: foreignSite({ executor: pgExecutor(pool), sideSchema }),
    rows: {
      missingTriggers: async () => {
        const rows = await database.query(MISSING_TRIGGERS, [table, LIBRARY_TRIGGERS]);
        return rows.map(({ name }) => String(name));
      },
      mayEmpty: async () => {
        const [row] = await database.query(
          `select coalesce(has_table_privilege(to_regclass($1), 'truncate'), true)
            and has_table_privilege('session_version', 'truncate') as may`,
          [table],
        );
        return row?.['may'] === true;
      },
      empty: async (query) => {
        await query(`set local switchyard.may_delete = 'yes'`);
        await query(`truncate ${table}, session_version, session_tombstone, session_outbox, session_move_cursor`);
      },
      drop: async (query: MoveDatabase['query']) => {
        await query(`set local lock_timeout = '2s'`);
        await query('drop view if exists session');
        await query(`drop table if exists ${table}`);
      },
      purge: (signal) => purgeTombstones({ executor: sideExecutor(pool, sideSchema), signal }),
    },
  };
}
