import type { CheckedDatabase } from './check-shared-models.ts';
import type { Finding } from './finding.ts';

/** Aliases that lead to one database, and so to one list of what is applied: nothing else that is found would be true. */
export async function findOneDatabase(databases: readonly CheckedDatabase[]): Promise<Finding[]> {
  const places = await Promise.all(
    databases.map(async ({ alias, pool }) => ({
      alias,
      place: (await pool.query<{ place: string }>(PLACE)).rows[0]?.place,
    })),
  );
  return places.flatMap(({ alias, place }, index): Finding[] => {
    const other = places.slice(0, index).find((before) => before.place === place);
    if (other === undefined) return [];
    return [
      {
        code: 'ONE_DATABASE',
        databases: [other.alias, alias],
        subject: alias,
        message: `"${other.alias}" and "${alias}" are one and the same database.`,
        todo: `Correct the URLs: each needs a database of its own. Nothing else was looked at.`,
      },
    ];
  });
}

// When a server was started tells it from any other, by whatever address it is reached.
const PLACE = `
  select concat_ws(' ', extract(epoch from pg_postmaster_start_time()), oid, current_schema()) as place
    from pg_database where datname = current_database()`;
