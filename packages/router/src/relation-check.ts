import type { ModelShape } from './data-model.ts';
import { checkGuards, type Guard } from './guard.ts';
import { mergeHints } from './intent.ts';
import { quoted } from './quoted.ts';
import { walkRelations, type RelationUse } from './relation-walk.ts';
import type { Hints, OperationKind } from './router.ts';
import type { RouterChain } from './router-chain.ts';
import { RouterError } from './router-error.ts';

/** An operation whose alias has been chosen. */
export interface PlacedOperation {
  readonly model: string;
  /** The client's method. */
  readonly operation: string;
  readonly alias: string;
  /** How it was routed: `write` for everything inside a transaction. */
  readonly routedAs: OperationKind;
  /** Whether the operation itself can change data. */
  readonly kind: OperationKind;
  /** The alias was named by `$using`: the routers are not asked. */
  readonly named: boolean;
  readonly hints: Hints;
}

/** Checks the relations that an operation uses; throws before anything is sent. */
export interface RelationCheck {
  /** False: arguments of this model's operations need no look, whatever they are. */
  needed(alias: string, model: string): boolean;
  arguments(operation: PlacedOperation, args: unknown): void;
  /** A relation called on the operation's promise, `findUnique(…).lines()`. Answers the model that it leads to. */
  fluent(operation: PlacedOperation, field: string): string;
  /** The model that a relation leads to, in that database. */
  target(alias: string, model: string, field: string): string | undefined;
}

type Shapes = ReadonlyMap<string, ModelShape>;
type Relations = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface RelationCheckOptions {
  /** The models of each database, by alias. */
  readonly shapes: ReadonlyMap<string, Shapes>;
  readonly chain: RouterChain;
  readonly guards: readonly Guard[];
}

/**
 * A relation is refused with CROSS_DATABASE_RELATION where the model that it leads to is routed to another database than
 * the operation, with RELATION_NOT_ALLOWED where a router's allowRelation says no, and by the guards.
 */
export function createRelationCheck({ shapes, chain, guards }: RelationCheckOptions): RelationCheck {
  const checksAll = guards.length > 0 || chain.routers.some(({ router }) => router.allowRelation !== undefined);
  const relations = new Map([...shapes.keys()].map((alias) => [alias, relationsToCheck(alias, shapes, checksAll)]));

  function check(operation: PlacedOperation, use: RelationUse): void {
    if (!operation.named) checkRoute(operation, use);
    const { alias, hints } = operation;
    checkGuards(guards, { model: use.target, kind: use.access, operation: operation.operation, alias, hints });
  }

  function checkRoute({ alias, routedAs, hints }: PlacedOperation, { model, field, target }: RelationUse): void {
    const joinedHints = mergeHints(hints, { joinedTo: alias });
    const joined = chain.route(target, routedAs, joinedHints);
    if (joined !== alias) {
      const { router } = chain.explain(target, routedAs, joinedHints);
      throw new RouterError(
        'CROSS_DATABASE_RELATION',
        `${model}.${field} leads from '${model}' on '${alias}' to '${target}' on '${joined}'` +
          `${router === undefined ? '' : ` (says router '${router}')`}: one statement cannot use both. ` +
          `Ask for '${target}' in an operation of its own.`,
      );
    }
    const forbidder = chain.relationForbiddenBy(model, target, hints);
    if (forbidder !== undefined) {
      throw new RouterError(
        'RELATION_NOT_ALLOWED',
        `Router '${forbidder}' does not allow ${quoted([model, target])} to be used in one operation (${model}.${field}).`,
      );
    }
  }

  function targetOf(alias: string, model: string, field: string): string | undefined {
    return shapes.get(alias)?.get(model)?.relations.get(field);
  }

  return {
    needed: (alias, model) => relations.get(alias)?.has(model) === true,
    arguments: (operation, args) => {
      const ofAlias = relations.get(operation.alias);
      walkRelations(
        operation.model,
        args,
        operation.kind,
        (model) => ofAlias?.get(model),
        (use) => check(operation, use),
      );
    },
    fluent: (operation, field) => {
      const { alias, model } = operation;
      const checked = relations.get(alias)?.get(model)?.get(field);
      if (checked !== undefined) check(operation, { model, field, target: checked, access: 'read' });
      return checked ?? targetOf(alias, model, field) ?? model;
    },
    target: targetOf,
  };
}

/** The relations, by model, that can be refused or from which one that can be refused is reached. */
function relationsToCheck(alias: string, shapes: ReadonlyMap<string, Shapes>, all: boolean): Relations {
  const known = relationsSeenFrom(alias, shapes);
  const kept = new Map<string, Map<string, string>>();
  const elsewhere = (model: string) => [...shapes].some(([other, models]) => other !== alias && models.has(model));
  let size = -1;
  for (let now = 0; now !== size; now = count(kept)) {
    size = now;
    for (const [model, fields] of known) {
      const wanted = [...fields].filter(([, target]) => all || elsewhere(target) || kept.has(target));
      if (wanted.length > 0) kept.set(model, new Map(wanted));
    }
  }
  return kept;
}

/** The database's own relations, and those that only another database's model of that name has. */
function relationsSeenFrom(alias: string, shapes: ReadonlyMap<string, Shapes>): Relations {
  const own = shapes.get(alias) ?? new Map<string, ModelShape>();
  const seen = new Map([...own].map(([model, shape]) => [model, new Map(shape.relations)]));
  for (const models of shapes.values()) {
    for (const [model, shape] of models) {
      const fields = seen.get(model);
      if (fields === undefined) continue;
      for (const [field, target] of shape.relations) {
        if (!fields.has(field) && own.get(model)?.scalars.has(field) !== true) fields.set(field, target);
      }
    }
  }
  return seen;
}

function count(relations: Relations): number {
  return [...relations.values()].reduce((sum, fields) => sum + fields.size, 0);
}
