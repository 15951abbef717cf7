import { quoted } from './quoted.ts';
import { NO_HINTS, type OperationKind, type Router } from './router.ts';
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
export function routeFaults(router: Router, name: string, known: KnownNames): readonly RouterError[] {
  if (router.routes !== undefined) return router.routes.flatMap((route) => routeFault(route, name, known) ?? []);
  const answers = new Set<unknown>();
  for (const model of known.models.keys()) {
    for (const kind of ['read', 'write'] as const) answers.add(answerWithoutHints(router, model, kind));
  }
  answers.delete(undefined);
  const faults = [...answers].flatMap((alias) => aliasFault(alias, name, known.aliases) ?? []);
  return [...new Map(faults.map((fault) => [fault.message, fault])).values()];
}

/** Throws UNKNOWN_ALIAS for an answer that is no alias, and for a route that names a model that is not there. */
export function checkRoute(route: { model: string; alias: unknown }, router: string, known: KnownNames): void {
  const fault = routeFault(route, router, known);
  if (fault !== undefined) throw fault;
}

function routeFault(
  { model, alias }: { readonly model?: string; readonly alias: unknown },
  router: string,
  known: KnownNames,
): RouterError | undefined {
  const fault = aliasFault(alias, router, known.aliases);
  if (fault !== undefined || model === undefined) return fault;
  const having = known.models.get(model);
  if (having === undefined) {
    return new RouterError('UNKNOWN_MODEL', `Router '${router}' routes '${model}', a model that no database has.`);
  }
  if (having.includes(alias as string)) return undefined;
  return new RouterError(
    'MODEL_NOT_IN_DATABASE',
    `Router '${router}' sends '${model}' to '${String(alias)}', which has no such model; ${quoted(having)} has.`,
  );
}

function aliasFault(alias: unknown, router: string, aliases: readonly string[]): RouterError | undefined {
  if (aliases.includes(alias as string)) return undefined;
  if (isPromise(alias)) return promised(alias, router);
  const said = typeof alias === 'string' ? `the alias '${alias}'` : String(alias);
  return new RouterError(
    'UNKNOWN_ALIAS',
    `Router '${router}' answers ${said}. Known are ${quoted(aliases)}; undefined means no opinion.`,
  );
}

/** Refuses what is no answer to allowRelation or allowMigrate: a promise would count as yes, null as no. */
export function checkPermission(allowed: unknown, router: string, method: string): boolean | undefined {
  if (allowed === undefined || typeof allowed === 'boolean') return allowed;
  if (isPromise(allowed)) throw promised(allowed, router);
  throw new RouterError(
    'INVALID_ROUTER',
    `Router '${router}' answers ${String(allowed)} in ${method}. It may answer true, false or, for no opinion, undefined.`,
  );
}

function promised(answer: PromiseLike<unknown>, router: string): RouterError {
  // What the promise comes to is of no interest; a rejection that nobody sees would end the process.
  answer.then(undefined, () => undefined);
  return new RouterError(
    'INVALID_ROUTER',
    `Router '${router}' answers with a promise. Routers answer at once: look up beforehand what they have to know.`,
  );
}

const isPromise = (answer: unknown): answer is PromiseLike<unknown> =>
  typeof (answer as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';

function answerWithoutHints(router: Router, model: string, kind: OperationKind): unknown {
  try {
    return kind === 'read' ? router.dbForRead?.(model, NO_HINTS) : router.dbForWrite?.(model, NO_HINTS);
  } catch {
    return undefined;
  }
}
