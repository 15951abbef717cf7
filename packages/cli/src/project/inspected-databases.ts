import {
  ALIASES,
  readModels,
  type Alias,
  type ForeignKey,
  type SchemaField,
  type SchemaModel,
} from '@switchyard/databases';
import type { InspectedDatabase, ModelLink } from '@switchyard/router';
import type { ProjectConfig } from './project-config.ts';

/** The schemas as routing sees them, by alias; with the databases' own foreign keys where these are given. */
export async function inspectedDatabases(
  project: string,
  { copies }: ProjectConfig,
  foreignKeys: Partial<Readonly<Record<Alias, readonly ForeignKey[]>>> = {},
): Promise<Readonly<Record<string, InspectedDatabase>>> {
  const inspected = await Promise.all(
    ALIASES.map(async (alias) => [alias, inspect(await readModels(project, alias), foreignKeys[alias] ?? [])] as const),
  );
  const byAlias = Object.fromEntries(inspected) as Record<Alias, InspectedDatabase>;
  // What ties rows of a copy together has been told of its original.
  const copied = Object.entries(copies).map(([copy, alias]) => [copy, { ...byAlias[alias], links: [] }] as const);
  return { ...byAlias, ...Object.fromEntries(copied) };
}

function inspect(models: readonly SchemaModel[], foreignKeys: readonly ForeignKey[]): InspectedDatabase {
  const relations = models.flatMap((model) => [...relationsOf(model), ...manyToManyOf(model, models)]);
  const related = new Set(relations.flatMap(({ model, target }) => [`${model} ${target}`, `${target} ${model}`]));
  const byTable = new Map(models.map(({ table, name }) => [table, keyOf(name)]));
  const keys = foreignKeys.flatMap(({ name, table, target }): ModelLink[] => {
    const link = { name: `The foreign key ${name}`, model: byTable.get(table), target: byTable.get(target) };
    return link.model === undefined || link.target === undefined ? [] : [link as ModelLink];
  });
  return {
    models: models.map(({ name }) => keyOf(name)),
    // A relation has its foreign key: told of once.
    links: [...relations, ...keys.filter(({ model, target }) => !related.has(`${model} ${target}`))],
  };
}

/** Of the two sides of a relation only the one that has the key. */
const relationsOf = ({ name, fields }: SchemaModel): ModelLink[] =>
  fields
    .filter(({ isRelation, definition }) => isRelation && definition.includes('fields:'))
    .map((field) => ({ name: `The relation ${name}.${field.name}`, model: keyOf(name), target: keyOf(field.type) }));

/** Relations without a key, which are rows of a table between the two; of the two sides only the first one. */
const manyToManyOf = (model: SchemaModel, models: readonly SchemaModel[]): ModelLink[] =>
  model.fields.filter(isList).flatMap((field) => {
    const target = models.find(({ name }) => name === field.type);
    const back = target?.fields.filter((other) => isList(other) && other.type === model.name) ?? [];
    const isPaired = back.some((other) => relationNameOf(other) === relationNameOf(field));
    if (target === undefined || !isPaired || model.name > target.name) return [];
    return [{ name: `The relation ${model.name}.${field.name}`, model: keyOf(model.name), target: keyOf(target.name) }];
  });

const isList = ({ isRelation, definition }: SchemaField): boolean => isRelation && /^\w+\[\]/.test(definition);

const relationNameOf = ({ definition }: SchemaField): string | undefined =>
  /@relation\((?:name: ?)?"([^"]+)"/.exec(definition)?.[1];

/** `OrderLine` is `orderLine` on the client. */
const keyOf = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
