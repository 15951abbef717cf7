import { all, extendClients, listen, type LogListener } from './all-clients.ts';
import { createRoutingCore, type RoutingCoreOptions } from './create-routing-core.ts';
import type { Guard } from './guard.ts';
import type { ClientsBound } from './prisma-client-like.ts';
import { quoted } from './quoted.ts';
import { createRequestPins } from './request-pins.ts';
import type { AliasOf, ModelOf, RequestContext, RoutedClient } from './routed-client.ts';
import { createRoutedViews } from './routed-views.ts';
import { RouterError } from './router-error.ts';
import type { Router } from './router.ts';
import type { RoutingCore } from './routing-core.ts';

export interface RoutedClientOptions<Clients extends ClientsBound<Clients>, Default extends AliasOf<Clients>> {
  /** The generated clients by alias. They stay the caller's, but `$disconnect` disconnects them. */
  readonly clients: Clients;
  /** Where an operation goes that no router has an opinion on, and raw SQL without an alias. */
  readonly default: Default;
  /** Asked in order. Default is none. */
  readonly routers?: readonly Router<AliasOf<NoInfer<Clients>>, ModelOf<NoInfer<Clients>>>[];
  /** Asked about each operation once its database is known. Default is none. */
  readonly guards?: readonly Guard[];
}

/**
 * Makes one typed client over several generated Prisma clients. Throws RouterError at once for routers, aliases and
 * models that cannot be meant.
 */
export function createRoutedClient<Clients extends ClientsBound<Clients>, Default extends AliasOf<Clients>>(
  options: RoutedClientOptions<Clients, Default>,
): RoutedClient<Clients, Default> {
  checkOptions(options);
  return clientOf(createRoutingCore(options), options) as RoutedClient<Clients, Default>;
}

const OPTIONS: readonly string[] = ['clients', 'default', 'routers', 'guards'];

/** The types see a misspelt option only where the object is written out: `router` would be no router at all. */
function checkOptions(options: object): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown === undefined) return;
  throw new RouterError('INVALID_OPTION', `There is no option '${unknown}'; there are ${quoted(OPTIONS)}.`);
}

function clientOf(core: RoutingCore, options: RoutingCoreOptions): object {
  const views = createRoutedViews(core);
  return {
    ...views.scoped({}),
    $using: views.using,
    $hint: views.hinted,
    $origin: core.rows.originOf,
    $from: (row: object) => views.using(originOf(core, row)),
    $withContext: (context: RequestContext, fn: () => unknown) => withContext(core, context, fn),
    $extends: (extension: object) => {
      const extended = { ...options, clients: extendClients(core.clients, extension) };
      return clientOf(createRoutingCore(extended, core), extended);
    },
    $on: (event: string, listener: LogListener) => listen(core.clients, event, listener),
    $connect: () => all(core.clients, (client) => client.$connect()),
    $disconnect: () => all(core.clients, (client) => client.$disconnect()),
  };
}

function originOf(core: RoutingCore, row: object): string {
  const alias = core.rows.originOf(row);
  if (alias !== undefined) return alias;
  throw new RouterError('UNKNOWN_ORIGIN', 'The object is no row of a result of this routed client (or a copy of one).');
}

function withContext(core: RoutingCore, { flags, hints }: RequestContext, fn: () => unknown): unknown {
  const around = core.storage.getStore();
  const outer = around?.hints.request;
  const request = flags === undefined && outer !== undefined ? outer : createRequestPins(flags, outer);
  return core.storage.run({ ...around, hints: { ...around?.hints, ...hints, request } }, fn);
}
