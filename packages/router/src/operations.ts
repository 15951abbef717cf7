import type { OperationKind } from './router.ts';

/** What one method of a Prisma model does. */
export interface Operation {
  readonly name: string;
  readonly kind: OperationKind;
  /** What it answers with: one row of the model, a list of rows, or something that is no row. */
  readonly returns: 'row' | 'rows' | 'other';
  /** Whether Prisma lets a relation be called on its promise: `findUnique(...).lines()`. */
  readonly fluent: boolean;
}

const OPERATIONS: readonly Operation[] = [
  { name: 'findUnique', kind: 'read', returns: 'row', fluent: true },
  { name: 'findUniqueOrThrow', kind: 'read', returns: 'row', fluent: true },
  { name: 'findFirst', kind: 'read', returns: 'row', fluent: true },
  { name: 'findFirstOrThrow', kind: 'read', returns: 'row', fluent: true },
  { name: 'findMany', kind: 'read', returns: 'rows', fluent: false },
  { name: 'count', kind: 'read', returns: 'other', fluent: false },
  { name: 'aggregate', kind: 'read', returns: 'other', fluent: false },
  { name: 'groupBy', kind: 'read', returns: 'other', fluent: false },
  { name: 'findRaw', kind: 'read', returns: 'other', fluent: false },
  { name: 'aggregateRaw', kind: 'read', returns: 'other', fluent: false },
  { name: 'create', kind: 'write', returns: 'row', fluent: true },
  { name: 'createMany', kind: 'write', returns: 'other', fluent: false },
  { name: 'createManyAndReturn', kind: 'write', returns: 'rows', fluent: false },
  { name: 'update', kind: 'write', returns: 'row', fluent: true },
  { name: 'updateMany', kind: 'write', returns: 'other', fluent: false },
  { name: 'updateManyAndReturn', kind: 'write', returns: 'rows', fluent: false },
  { name: 'upsert', kind: 'write', returns: 'row', fluent: true },
  { name: 'delete', kind: 'write', returns: 'row', fluent: true },
  { name: 'deleteMany', kind: 'write', returns: 'other', fluent: false },
];

/** Prisma's own model operations by method name. A method that is not here is routed as a write. */
export const PRISMA_OPERATIONS: ReadonlyMap<string, Operation> = new Map(OPERATIONS.map((each) => [each.name, each]));

/** Raw SQL: it may do anything, so it counts as a write. */
export const RAW_OPERATIONS = [
  '$queryRaw',
  '$queryRawUnsafe',
  '$queryRawTyped',
  '$executeRaw',
  '$executeRawUnsafe',
  '$runCommandRaw',
] as const;
