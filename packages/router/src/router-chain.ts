import { checkPermission, checkRoute, routeFaults } from './check-routes.ts';
import { checkRouter, routerName } from './check-router.ts';
import { quoted } from './quoted.ts';
import { NO_HINTS, type Hints, type OperationKind, type Router } from './router.ts';
import { RouterError } from './router-error.ts';

/** What the chain has to know about the databases. */
export interface RouterChainOptions {
  /** Asked in order. */
  readonly routers: readonly Router[];
  readonly aliases: readonly string[];
  /** Where an operation goes that no router has an opinion on. */
  readonly default: string;
  /** Each model with the aliases whose database has it. */
  readonly models: ReadonlyMap<string, readonly string[]>;
  /** Where a row came from, if this is known. Default is that it never is. */
  readonly originOf?: (row: object) => string | undefined;
}

/**
 * Why an alias was chosen: a router said so; the row in the hints came from there; it is the default; it is the only
 * database that has the model.
 */
export type RouteReason = 'router' | 'origin' | 'default' | 'only';

/** What one router said when it was asked. */
export interface RouterAnswer {
  readonly router: string;
  readonly alias: string | undefined;
}

/** A route and why it is taken. */
export interface RouteExplanation {
  readonly model: string;
  readonly kind: OperationKind;
  readonly alias: string;
  readonly by: RouteReason;
  /** The router that decided, where one did. */
  readonly router?: string;
  /** Every router that was asked, in order, with its answer. */
  readonly asked: readonly RouterAnswer[];
  readonly hints: Hints;
}

/** Asks routers in order; the first opinion wins. What a router throws is passed on as it is. */
export interface RouterChain {
  readonly routers: readonly NamedRouter[];
  route(model: string, kind: OperationKind, hints?: Hints): string;
  explain(model: string, kind: OperationKind, hints?: Hints): RouteExplanation;
  /** The name of the router that forbids to use the two models together; `undefined`: allowed. */
  relationForbiddenBy(model: string, other: string, hints?: Hints): string | undefined;
  /** The name of the router that keeps the schema's migrations out of the database; `undefined`: allowed. */
  migrationForbiddenBy(alias: string, schema: string, hints?: Hints): string | undefined;
  /** Tells the routers of a write that has succeeded; without a model: of raw SQL. */
  wrote(alias: string, model: string | undefined, hints: Hints): void;
}

export interface NamedRouter {
  readonly name: string;
  readonly router: Router;
}

/**
 * Builds the chain and checks it: INVALID_ROUTER for a method that no chain would call or none at all; UNKNOWN_ALIAS,
 * UNKNOWN_MODEL and MODEL_NOT_IN_DATABASE for routes that cannot be. The last three are thrown later, too, if a router
 * answers so; and NO_ROUTE where nothing says which of several databases a model's operation is for.
 */
export function createRouterChain(options: RouterChainOptions): RouterChain {
  const routers = checkChain(options);
  const having = (method: keyof Router): readonly NamedRouter[] =>
    routers.filter(({ router }) => router[method] !== undefined);
  const asked = { read: having('dbForRead'), write: having('dbForWrite') };
  const relating = having('allowRelation');
  const migrating = having('allowMigrate');
  const listening = having('onWrite');

  function ask({ router, name }: NamedRouter, model: string, kind: OperationKind, hints: Hints): string | undefined {
    const alias = kind === 'read' ? router.dbForRead?.(model, hints) : router.dbForWrite?.(model, hints);
    if (alias !== undefined && options.models.get(model)?.includes(alias) !== true) {
      checkRoute({ model, alias }, name, options);
    }
    return alias;
  }

  function route(model: string, kind: OperationKind, hints: Hints = NO_HINTS): string {
    for (const router of asked[kind]) {
      const alias = ask(router, model, kind, hints);
      if (alias !== undefined) return alias;
    }
    return withoutOpinion(options, model, kind, hints).alias;
  }

  function explain(model: string, kind: OperationKind, hints: Hints = NO_HINTS): RouteExplanation {
    const answers: RouterAnswer[] = [];
    for (const router of asked[kind]) {
      const alias = ask(router, model, kind, hints);
      answers.push({ router: router.name, alias });
      if (alias !== undefined) return { model, kind, alias, by: 'router', router: router.name, asked: answers, hints };
    }
    return { model, kind, ...withoutOpinion(options, model, kind, hints), asked: answers, hints };
  }

  return {
    routers,
    route,
    explain,
    relationForbiddenBy: (model, other, hints = NO_HINTS) =>
      forbidder(relating, 'allowRelation', (router) => router.allowRelation?.(model, other, hints)),
    migrationForbiddenBy: (alias, schema, hints = NO_HINTS) =>
      forbidder(migrating, 'allowMigrate', (router) => router.allowMigrate?.(alias, schema, hints)),
    wrote: (alias, model, hints) => {
      for (const router of listening) tell(router, alias, model, hints);
    },
  };
}

function checkChain(options: RouterChainOptions): readonly NamedRouter[] {
  const { routers, aliases, default: defaultAlias } = options;
  if (!aliases.includes(defaultAlias)) {
    throw new RouterError('UNKNOWN_ALIAS', `The default '${defaultAlias}' is not one of ${quoted(aliases)}.`);
  }
  routers.forEach(checkRouter);
  const named = routers.map((router, index) => ({ router, name: routerName(router, index) }));
  for (const { router, name } of named) {
    const [fault] = routeFaults(router, name, options);
    if (fault !== undefined) throw fault;
  }
  return named;
}

function withoutOpinion(
  { models, originOf, default: defaultAlias }: RouterChainOptions,
  model: string,
  kind: OperationKind,
  { instance }: Hints,
): Pick<RouteExplanation, 'alias' | 'by'> {
  const having = models.get(model) ?? [];
  // A write does not follow the row that it starts from, which may be a replica's.
  const origin = kind === 'read' && instance !== undefined ? originOf?.(instance) : undefined;
  if (origin !== undefined && having.includes(origin)) return { alias: origin, by: 'origin' };
  if (having.includes(defaultAlias)) return { alias: defaultAlias, by: 'default' };
  const [only, another] = having;
  if (only === undefined) throw new RouterError('UNKNOWN_MODEL', `No database has a model '${model}'.`);
  if (another === undefined) return { alias: only, by: 'only' };
  throw new RouterError(
    'NO_ROUTE',
    `No router says which database a ${kind} of '${model}' is for: ${quoted(having)} have it, the default ` +
      `'${defaultAlias}' does not.`,
  );
}

/** The write has been done: a router that fails to take note of it must not make it look as if it had not been. */
function tell({ router, name }: NamedRouter, alias: string, model: string | undefined, hints: Hints): void {
  try {
    // It may be an async function, for all that its type says.
    const told: unknown = router.onWrite?.(alias, model, hints);
    if (told instanceof Promise) told.catch((error: unknown) => warn(name, error));
  } catch (error) {
    warn(name, error);
  }
}

function warn(name: string, error: unknown): void {
  process.emitWarning(`Router '${name}' failed in onWrite: ${String(error)}`, { type: 'RouterWarning' });
}

function forbidder(
  routers: readonly NamedRouter[],
  method: keyof Router,
  ask: (router: Router) => boolean | undefined,
): string | undefined {
  for (const { router, name } of routers) {
    const allowed = checkPermission(ask(router), name, method);
    if (allowed !== undefined) return allowed ? undefined : name;
  }
  return undefined;
}
