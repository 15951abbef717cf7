import type { Pool } from 'pg';
import type { Alias } from '../aliases.ts';
import { readModels, type SchemaModel } from '../migrations/schema-models.ts';
import type { Finding } from './finding.ts';
import { compareShapes, type Difference } from './compare-shapes.ts';
import { readTableShape, type TableShape } from './table-shape.ts';

/** A database that is checked. */
export interface CheckedDatabase {
  readonly alias: Alias;
  readonly pool: Pool;
}

/** The tables of a database by name, as its migrations make them; `undefined` where that is not known. */
export type MadeTables = ReadonlyMap<string, TableShape> | undefined;

/**
 * Compares models that several schemas have: in the schemas, and as tables with everything that only SQL can say. An
 * operation may be sent to either, so they have to be the same. Relations to models that only one of them has are left out.
 * Where it is known of both databases what their migrations make, that is compared: what else is in them is told of each.
 */
export async function checkSharedModels(
  project: string,
  databases: readonly CheckedDatabase[],
  made: Partial<Readonly<Record<Alias, MadeTables>>> = {},
): Promise<Finding[]> {
  const schemas = await Promise.all(
    databases.map(async ({ alias, pool }) => {
      const models = await readModels(project, alias);
      return { alias, pool, models: new Map(models.map((model) => [model.name, model])) };
    }),
  );
  const findings: Finding[] = [];
  for (const [index, there] of schemas.entries())
    for (const [name, model] of there.models) {
      const here = schemas.slice(0, index).find(({ models }) => models.has(name));
      if (here === undefined) continue;
      const other = here.models.get(name) as SchemaModel;
      const aliases = [here.alias, there.alias] as const;
      findings.push(...differences('MODELS_DIFFER', name, aliases, compareShapes(shapeOf(other), shapeOf(model))));
      const [ours, theirs] = [made[here.alias], made[there.alias]];
      const tables =
        ours !== undefined && theirs !== undefined
          ? ([ours.get(other.table), theirs.get(model.table)] as const)
          : ([await readTableShape(here.pool, other.table), await readTableShape(there.pool, model.table)] as const);
      // One that is missing is told of as such.
      if (tables[0] === undefined || tables[1] === undefined) continue;
      findings.push(...differences('TABLES_DIFFER', model.table, aliases, compareShapes(tables[0], tables[1])));
    }
  return findings;
}

function shapeOf({ table, fields, attributes }: SchemaModel): ReadonlyMap<string, string> {
  const own = fields.filter(({ isRelation }) => !isRelation);
  return new Map([
    ['table', table],
    ...own.map(({ name, definition }) => [`field ${name}`, definition] as const),
    ...attributes.map((attribute) => [attribute, ''] as const),
  ]);
}

const TODO = {
  MODELS_DIFFER: 'Make the two schemas say the same, then make the migration that follows from it (--create NAME).',
  TABLES_DIFFER:
    'Decide which is right, and bring the other one there with a migration of its own. What Prisma cannot say (generated ' +
    'columns, settings, triggers, checks) has to be written into it by hand.',
} as const;

function differences(
  code: keyof typeof TODO,
  subject: string,
  databases: readonly [Alias, Alias],
  found: readonly Difference[],
): Finding[] {
  if (found.length === 0) return [];
  const [here, there] = databases;
  const says = (alias: Alias, value: string | undefined): string =>
    value === undefined ? `not in "${alias}"` : `${value === '' ? '' : `${value} `}in "${alias}"`;
  const lines = found.map(([part, ours, theirs]) => `  ${part}: ${says(here, ours)}, ${says(there, theirs)}`);
  const what = code === 'MODELS_DIFFER' ? 'model' : 'table';
  const message = `The ${what} "${subject}" is not the same in "${here}" and "${there}":\n${lines.join('\n')}`;
  return [{ code, databases, subject, message, todo: TODO[code] }];
}
