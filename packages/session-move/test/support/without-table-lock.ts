import type { MoveDatabase } from '../../src/move-database.ts';

/** The same database for a controller that forgets to lock the fences' table. */
export const withoutTableLock = (database: MoveDatabase): MoveDatabase => ({
  query: database.query,
  transaction: (work) =>
    database.transaction((query) =>
      work(async (text, values) => (text.startsWith('lock table') ? [] : query(text, values))),
    ),
});
