import type { AsyncLocalStorage } from 'node:async_hooks';

import type { Guard } from './guard.ts';
import type { ClientsByAlias, ModelDelegate, PrismaClientLike } from './prisma-client-like.ts';
import type { RelationCheck } from './relation-check.ts';
import type { RouterChain } from './router-chain.ts';
import type { RoutingContext } from './routing-context.ts';
import type { RowMemory } from './row-memory.ts';

/** One model of the routed client, as it was found in the clients. */
export interface RoutedModel {
  readonly key: string;
  /** The model of each database that has it, by alias. */
  readonly delegates: ReadonlyMap<string, ModelDelegate>;
  /** Its relations in any of the databases: field name to target model. */
  readonly relations: ReadonlyMap<string, string>;
}

/** A client to send to: one of the given ones, or that of a running transaction. */
export interface Place {
  readonly alias: string;
  readonly client: PrismaClientLike;
}

/** What all parts of one routed client share; built once, at construction. */
export interface RoutingCore {
  readonly clients: ClientsByAlias;
  readonly defaultAlias: string;
  readonly places: ReadonlyMap<string, Place>;
  readonly models: ReadonlyMap<string, RoutedModel>;
  readonly chain: RouterChain;
  readonly guards: readonly Guard[];
  readonly relations: RelationCheck;
  readonly rows: RowMemory;
  readonly storage: AsyncLocalStorage<RoutingContext>;
}
