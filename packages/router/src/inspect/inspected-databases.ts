import { createRouterChain, type RouterChain } from '../router-chain.ts';
import type { Router } from '../router.ts';

/** What ties rows of two models together: a relation of the schema, or a foreign key that only the database knows. */
export interface ModelLink {
  /** `Order.user`, `foreign key order_user_id_fkey`; for messages. */
  readonly name: string;
  readonly model: string;
  readonly target: string;
}

/** A database as far as routing is concerned. Models are named as on the client: `orderLine`. */
export interface InspectedDatabase {
  readonly models: readonly string[];
  readonly links: readonly ModelLink[];
}

export interface InspectRoutingOptions {
  readonly routers: readonly Router[];
  readonly default: string;
  /** By alias. */
  readonly databases: Readonly<Record<string, InspectedDatabase>>;
}

/** Each model with the aliases whose database has it. */
export function modelsOf(databases: InspectRoutingOptions['databases']): ReadonlyMap<string, readonly string[]> {
  const entries = Object.entries(databases);
  const names = new Set(entries.flatMap(([, database]) => database.models));
  const having = (name: string): string[] =>
    entries.filter(([, database]) => database.models.includes(name)).map(([alias]) => alias);
  return new Map([...names].map((name) => [name, having(name)]));
}

/** The chain without clients: for asking it, not for sending anything. Throws as `createRouterChain` does. */
export function chainOver({ routers, default: defaultAlias, databases }: InspectRoutingOptions): RouterChain {
  const aliases = Object.keys(databases);
  return createRouterChain({ routers, aliases, default: defaultAlias, models: modelsOf(databases) });
}
