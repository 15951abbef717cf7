import type { OperationKind } from './router.ts';

/** One use of a relation in an operation's arguments. */
export interface RelationUse {
  /** The model that has the field. */
  readonly model: string;
  readonly field: string;
  /** The model that the field leads to. */
  readonly target: string;
  /** Whether rows of the target are only read or can be changed. */
  readonly access: OperationKind;
}

/** The relations of a model: field name to target model. `undefined`: nothing to look for in this model's arguments. */
export type RelationsOf = (model: string) => ReadonlyMap<string, string> | undefined;

type Node = Readonly<Record<string, unknown>>;

/** How to read the members of an object in Prisma's arguments. */
type Reader = (walk: Walk, model: string, node: Node, access: OperationKind) => void;

interface Walk {
  readonly relationsOf: RelationsOf;
  readonly visit: (use: RelationUse) => void;
}

/**
 * Finds every relation that an operation's arguments use: select, include and their _count, filters, orderings, and
 * nested writes, at any depth. Values of scalar fields are never looked into, so JSON in them cannot mislead.
 */
export function walkRelations(
  model: string,
  args: unknown,
  access: OperationKind,
  relationsOf: RelationsOf,
  visit: (use: RelationUse) => void,
): void {
  into({ relationsOf, visit }, model, args, access, readArguments);
}

/** `{ where, data, select, include, orderBy, … }`: an operation's arguments, or those below an include. */
const readArguments: Reader = (walk, model, node, access) => {
  into(walk, model, node['select'], 'read', readSelection);
  into(walk, model, node['include'], 'read', readSelection);
  into(walk, model, node['where'], 'read', readFilter);
  into(walk, model, node['cursor'], 'read', readFilter);
  into(walk, model, node['having'], 'read', readFilter);
  into(walk, model, node['orderBy'], 'read', readFilter);
  if (access === 'read') return;
  into(walk, model, node['data'], access, readData);
  into(walk, model, node['create'], access, readData);
  into(walk, model, node['update'], access, readData);
};

/** `{ id: true, lines: { where, … }, _count: … }` */
const readSelection: Reader = (walk, model, node, access) => {
  const relations = walk.relationsOf(model);
  if (relations === undefined) return;
  for (const [field, target] of relations) {
    if (!node[field]) continue;
    walk.visit({ model, field, target, access });
    into(walk, target, node[field], access, readArguments);
  }
  if (node['_count'] === true) {
    // It counts lists only, but the data model does not say which relations are lists.
    for (const [field, target] of relations) walk.visit({ model, field, target, access });
  } else {
    into(walk, model, node['_count'], access, readArguments);
  }
};

const RELATION_FILTERS: ReadonlySet<string> = new Set(['some', 'every', 'none', 'is', 'isNot']);
const COMBINATIONS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT']);

/** `{ AND: […], lines: { some: … }, user: { email: 'asc' } }`: filters and orderings. */
const readFilter: Reader = (walk, model, node, access) => {
  const relations = walk.relationsOf(model);
  if (relations === undefined) return;
  // With what the object has from another one: Prisma looks at that too.
  for (const key in node) {
    const value = node[key];
    if (COMBINATIONS.has(key)) into(walk, model, value, access, readFilter);
    const target = relations.get(key);
    if (target === undefined || value === undefined) continue;
    walk.visit({ model, field: key, target, access });
    into(walk, target, value, access, readRelationFilter);
  }
};

/** `{ some: filter }`, `{ is: filter }` or, for a relation to one row, the filter itself. */
const readRelationFilter: Reader = (walk, model, node, access) => {
  for (const key in node) {
    if (RELATION_FILTERS.has(key)) into(walk, model, node[key], access, readFilter);
  }
  readFilter(walk, model, node, access);
};

/** `{ name: 'x', lines: { create: …, connect: … } }` */
const readData: Reader = (walk, model, node, access) => {
  const relations = walk.relationsOf(model);
  if (relations === undefined) return;
  for (const [field, target] of relations) {
    if (node[field] === undefined) continue;
    walk.visit({ model, field, target, access });
    into(walk, target, node[field], access, readNestedWrite);
  }
};

/** `{ create, connectOrCreate, upsert, createMany, set, disconnect, delete, connect, update, updateMany, deleteMany }` */
const readNestedWrite: Reader = (walk, model, node, access) => {
  into(walk, model, node['create'], access, readData);
  for (const key of ['connectOrCreate', 'upsert', 'createMany', 'updateMany'] as const) {
    into(walk, model, node[key], access, readArguments);
  }
  for (const key of ['connect', 'set', 'disconnect', 'delete', 'deleteMany'] as const) {
    into(walk, model, node[key], 'read', readFilter);
  }
  into(walk, model, node['update'], access, readNestedUpdate);
};

/** `{ where, data }`, or for a relation to one row the data itself. */
const readNestedUpdate: Reader = (walk, model, node, access) => {
  if ('data' in node) readArguments(walk, model, node, access);
  readData(walk, model, node, access);
};

function into(walk: Walk, model: string, value: unknown, access: OperationKind, read: Reader): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) for (const item of value) into(walk, model, item, access, read);
  else read(walk, model, value as Node, access);
}
