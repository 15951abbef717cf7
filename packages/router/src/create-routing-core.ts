import { AsyncLocalStorage } from 'node:async_hooks';

import { readDataModel, type ModelShape } from './data-model.ts';
import { checkGuard, type Guard } from './guard.ts';
import { delegateOf, type ClientsByAlias, type ModelDelegate, type PrismaClientLike } from './prisma-client-like.ts';
import { createRelationCheck } from './relation-check.ts';
import { RouterError } from './router-error.ts';
import type { Router } from './router.ts';
import { createRouterChain } from './router-chain.ts';
import type { RoutedModel, RoutingCore } from './routing-core.ts';
import { createRowMemory } from './row-memory.ts';

export interface RoutingCoreOptions {
  readonly clients: ClientsByAlias;
  readonly default: string;
  readonly routers?: readonly Router[];
  readonly guards?: readonly Guard[];
}

type ShapesByAlias = ReadonlyMap<string, ReadonlyMap<string, ModelShape>>;

/** What a routed client and those extended from it have in common. */
export type SharedParts = Partial<Pick<RoutingCore, 'rows' | 'storage'>>;

/** Reads the clients' data models, checks the routers against them, and builds what every operation uses. */
export function createRoutingCore(options: RoutingCoreOptions, shared: SharedParts = {}): RoutingCore {
  const { clients, default: defaultAlias, routers = [], guards = [] } = options;
  if (!Array.isArray(routers)) throw new RouterError('INVALID_OPTION', 'The routers are no array.');
  if (!Array.isArray(guards)) throw new RouterError('INVALID_OPTION', 'The guards are no array.');
  guards.forEach(checkGuard);
  const entries = Object.entries(clients);
  const shapes: ShapesByAlias = new Map(entries.map(([alias, client]) => [alias, readDataModel(alias, client)]));
  const models = findModels(entries, shapes);
  const rows = shared.rows ?? createRowMemory(shapes);
  const chain = createRouterChain({
    routers,
    aliases: Object.keys(clients),
    default: defaultAlias,
    models: new Map([...models.values()].map(({ key, delegates }) => [key, [...delegates.keys()]])),
    originOf: rows.originOf,
  });
  return {
    clients,
    defaultAlias,
    places: new Map(entries.map(([alias, client]) => [alias, { alias, client }])),
    models,
    chain,
    guards,
    relations: createRelationCheck({ shapes, chain, guards }),
    rows,
    storage: shared.storage ?? new AsyncLocalStorage(),
  };
}

function findModels(
  clients: readonly (readonly [alias: string, client: PrismaClientLike])[],
  shapes: ShapesByAlias,
): ReadonlyMap<string, RoutedModel> {
  const keys = new Set([...shapes.values()].flatMap((models) => [...models.keys()]));
  return new Map([...keys].map((key) => [key, { key, delegates: delegates(key), relations: relations(key) }]));

  function delegates(key: string): ReadonlyMap<string, ModelDelegate> {
    const having = clients.filter(([alias]) => shapes.get(alias)?.has(key));
    return new Map(having.map(([alias, client]) => [alias, delegateOf(client, key) as ModelDelegate]));
  }

  function relations(key: string): ReadonlyMap<string, string> {
    return new Map([...shapes.values()].flatMap((models) => [...(models.get(key)?.relations ?? [])]));
  }
}
