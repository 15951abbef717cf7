import type { Alias } from '../aliases.ts';
import { compareShapes, type Difference } from './compare-shapes.ts';
import type { DatabaseShape } from './database-shape.ts';
import type { Finding } from './finding.ts';

/** What somebody has changed in a database by hand: a finding for each table, and one for what belongs to none. */
export function compareWithMigrations(alias: Alias, made: DatabaseShape, found: DatabaseShape): Finding[] {
  const tables = [...found.tables].flatMap(([name, is]) => {
    const should = made.tables.get(name);
    if (should !== undefined) return differing(alias, name, `The table "${name}"`, compareShapes(should, is));
    return finding(alias, name, `The table "${name}" of "${alias}" is made by no migration.`);
  });
  // A function of somebody else's does no harm; a trigger that calls it is a part of its table.
  const rest = compareShapes(made.rest, found.rest).filter(
    ([part, should]) => should !== undefined || !part.startsWith('function '),
  );
  return [...tables, ...differing(alias, alias, 'What is beside the tables', rest)];
}

function differing(alias: Alias, subject: string, what: string, differences: readonly Difference[]): Finding[] {
  if (differences.length === 0) return [];
  const lines = differences.map(
    ([part, should, is]) => `  ${part}: ${says('by its migrations', should)}, ${says('in the database', is)}`,
  );
  return [finding(alias, subject, `${what} of "${alias}" is not what its migrations make:\n${lines.join('\n')}`)];
}

const says = (where: string, value: string | undefined): string =>
  value === undefined ? `not ${where}` : `${value === '' ? '' : `${value} `}${where}`;

const finding = (alias: Alias, subject: string, message: string): Finding => ({
  code: 'TABLES_NOT_AS_MIGRATIONS',
  databases: [alias],
  subject,
  message,
  todo:
    'The database was changed by hand. Change it back; or, if it is right, write the change into a migration of its own ' +
    `and take that as applied here: switchyard migrate ${alias} --database ${alias} --mark-applied NAME`,
});
