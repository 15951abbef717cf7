import { quoted } from './quoted.ts';
import { NO_HINTS, type DeclaredRoute, type OperationKind, type Router } from './router.ts';
import { RouterError } from './router-error.ts';

/** Names that exist. */
export interface KnownNames {
  readonly aliases: readonly string[];
  /** Each model with the aliases whose database has it. */
  readonly models: ReadonlyMap<string, readonly string[]>;
}

/**
 * Finds names that do not exist before the first operation does: in the routes that a router declares or, where it
 * declares none, in its answers about each model without hints. A router that throws then is left to throw later.
 */
export function checkRoutes(router: Router, name: string, known: KnownNames): void {
  if (router.routes !== undefined) {
    for (const route of router.routes) checkDeclaredRoute(route, name, known);
    return;
  }
  for (const model of known.models.keys()) {
    for (const kind of ['read', 'write'] as const) {
      const alias = answerWithoutHints(router, model, kind);
      if (alias !== undefined) checkAlias(alias, name, known.aliases);
    }
  }
}

/** Throws UNKNOWN_ALIAS for an answer that is no alias. */
export function checkAlias(alias: unknown, router: string, aliases: readonly string[]): void {
  if (aliases.includes(alias as string)) return;
  const said = typeof alias === 'string' ? `the alias '${alias}'` : String(alias);
  throw new RouterError(
    'UNKNOWN_ALIAS',
    `Router '${router}' answers ${said}. Known are ${quoted(aliases)}; undefined means no opinion.`,
  );
}

/** Throws for a route that names an alias or a model that nobody knows, or a database that lacks the model. */
export function checkDeclaredRoute({ model, alias }: DeclaredRoute, router: string, known: KnownNames): void {
  checkAlias(alias, router, known.aliases);
  if (model === undefined) return;
  const having = known.models.get(model);
  if (having === undefined) {
    throw new RouterError('UNKNOWN_MODEL', `Router '${router}' routes '${model}', a model that no database has.`);
  }
  if (!having.includes(alias)) {
    throw new RouterError(
      'MODEL_NOT_IN_DATABASE',
      `Router '${router}' sends '${model}' to '${alias}', which has no such model; ${quoted(having)} has.`,
    );
  }
}

function answerWithoutHints(router: Router, model: string, kind: OperationKind): unknown {
  try {
    return kind === 'read' ? router.dbForRead?.(model, NO_HINTS) : router.dbForWrite?.(model, NO_HINTS);
  } catch {
    return undefined;
  }
}
