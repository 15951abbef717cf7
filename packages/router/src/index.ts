export { createRoutedClient, type RoutedClientOptions } from './create-routed-client.ts';
export type { Guard, GuardedOperation, Refusal } from './guard.ts';
export {
  chainOver,
  type InspectedDatabase,
  type InspectRoutingOptions,
  type ModelLink,
} from './inspect/inspected-databases.ts';
export { inspectRouting, type RoutingFault } from './inspect/inspect-routing.ts';
export type { ClientsByAlias, PrismaClientLike } from './prisma-client-like.ts';
export type { FlagSource, RequestPins } from './request-pins.ts';
export type {
  AliasOf,
  HintedClient,
  ModelOf,
  RequestContext,
  RoutedClient,
  TransactionClient,
  UsingClient,
} from './routed-client.ts';
export type { DeclaredRoute, Hints, OperationKind, Router } from './router.ts';
export {
  createRouterChain,
  type RouteExplanation,
  type RouterAnswer,
  type RouterChain,
  type RouterChainOptions,
  type RouteReason,
} from './router-chain.ts';
export { ROUTER_ERROR_CODES, RouterError, type RouterErrorCode } from './router-error.ts';
export { byModel, type ByModelOptions } from './routers/by-model.ts';
export { flagged, type FlaggedOptions } from './routers/flagged.ts';
export { percentage, type PercentageOptions } from './routers/percentage.ts';
export { primaryReplica, type PrimaryReplicaOptions } from './routers/primary-replica.ts';
export type { LogPositions, ReadYourWritesOptions } from './routers/read-your-writes.ts';
export type { ReplicaHealthOptions } from './routers/replica-health.ts';
export { shardByKey, type ShardByKeyOptions } from './routers/shard-by-key.ts';
