import { checkRouter, routerName } from '../check-router.ts';
import { routeFaults } from '../check-routes.ts';
import { RouterError } from '../router-error.ts';
import type { RouterChain } from '../router-chain.ts';
import type { Hints, OperationKind, Router } from '../router.ts';
import { exploreFlags, type FlagState } from './explore-flags.ts';
import { chainOver, modelsOf, type InspectRoutingOptions, type ModelLink } from './inspected-databases.ts';

/** Something about the routers that cannot be meant, or that will fail when it is used. */
export interface RoutingFault {
  readonly error: RouterError;
  /** The databases that it is about. */
  readonly aliases: readonly string[];
}

/**
 * Looks for everything that could go wrong with the routers, however their flags stand: names that do not exist, models
 * sent to a database that lacks them, operations that no router and no default has a place for, answers that are none, and
 * links between models that come to lie in two databases. Sends nothing and throws nothing; the routers are asked, as `$route` would.
 */
export function inspectRouting(options: InspectRoutingOptions): readonly RoutingFault[] {
  const { databases, routers } = options;
  const aliases = Object.keys(databases);
  const models = modelsOf(databases);
  const misnamed = routers.flatMap((router, index) => faultsOf(router, index, { aliases, models }));
  if (misnamed.length > 0) return misnamed.map((error) => ({ error, aliases: [] }));
  const faults = createFaultList();
  const chain = attempt(faults, () => chainOver(options));
  if (chain === undefined) return faults.all();
  for (const model of models.keys()) {
    for (const kind of ['read', 'write'] as const) {
      exploreFlags((hints) => void attempt(faults, () => chain.route(model, kind, hints)));
    }
  }
  for (const alias of aliases) {
    for (const schema of aliases) {
      exploreFlags((hints) =>
        askPermission(faults, 'allowMigrate', () => chain.migrationForbiddenBy(alias, schema, hints)),
      );
    }
  }
  for (const [alias, { links }] of Object.entries(databases)) {
    for (const link of links) {
      const { model, target } = link;
      exploreFlags((hints) =>
        askPermission(faults, 'allowRelation', () => chain.relationForbiddenBy(model, target, hints)),
      );
      let fault: RoutingFault | undefined;
      exploreFlags((hints, state) => void (fault ??= linkFault(chain, alias, link, hints, state)));
      if (fault !== undefined) faults.add(fault);
    }
  }
  return faults.all();
}

function faultsOf(router: Router, index: number, known: Parameters<typeof routeFaults>[2]): readonly RouterError[] {
  try {
    checkRouter(router, index);
    return routeFaults(router, routerName(router, index), known);
  } catch (error) {
    if (error instanceof RouterError) return [error];
    throw error;
  }
}

/** Rows that are tied together have to be in one database, whichever it is, for reads and for writes. */
function linkFault(
  chain: RouterChain,
  alias: string,
  { name, model, target }: ModelLink,
  hints: Hints,
  state: FlagState,
): RoutingFault | undefined {
  for (const kind of ['read', 'write'] as const) {
    const from = placeOf(chain, model, kind, hints);
    const to = placeOf(chain, target, kind, joinedTo(hints, from));
    if (from === undefined || to === undefined || from === to) continue;
    const error = new RouterError(
      'CROSS_DATABASE_RELATION',
      `${name} of '${alias}' ties '${model}' to '${target}', but ${describe(state)}'${model}' is on '${from}' and ` +
        `'${target}' on '${to}'.`,
    );
    return { error, aliases: [from, to] };
  }
  return undefined;
}

function placeOf(chain: RouterChain, model: string, kind: OperationKind, hints: Hints): string | undefined {
  try {
    return chain.route(model, kind, hints);
  } catch {
    // What cannot be routed is a fault of its own.
    return undefined;
  }
}

/** Not a copy: the hints answer for any name. */
const joinedTo = (hints: Hints, alias: string | undefined): Hints =>
  new Proxy(hints, { get: (target, name) => (name === 'joinedTo' ? alias : target[name as string]) });

function describe(state: FlagState): string {
  if (state.size === 0) return '';
  return `while ${[...state].map(([flag, on]) => `${flag} is ${on ? 'on' : 'off'}`).join(' and ')} `;
}

interface FaultList {
  add(fault: RoutingFault): void;
  all(): readonly RoutingFault[];
}

/** Without those that say the same again. */
function createFaultList(): FaultList {
  const byMessage = new Map<string, RoutingFault>();
  return {
    add: (fault) => {
      if (!byMessage.has(fault.error.message)) byMessage.set(fault.error.message, fault);
    },
    all: () => [...byMessage.values()],
  };
}

/** These questions come with everything that they need: a router that throws now always does. */
function askPermission(faults: FaultList, method: string, ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    const what = `A router throws in ${method}: ${String(error)}`;
    faults.add({ error: error instanceof RouterError ? error : new RouterError('INVALID_ROUTER', what), aliases: [] });
  }
}

function attempt<T>(faults: FaultList, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    // Other errors are a router's own: it may want something that only an operation has.
    if (error instanceof RouterError) faults.add({ error, aliases: [] });
    return undefined;
  }
}
