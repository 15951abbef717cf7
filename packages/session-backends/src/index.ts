export { createSessions, type Sessions } from './session/create-sessions.ts';
export type { CookieExpiry, LoginOptions, Session, SessionData, SessionUpdater } from './session/session.ts';
export { SessionError, type SessionErrorCode } from './session/session-error.ts';
export type { SessionEvent, SessionsOptions } from './session/session-settings.ts';
export type { SessionCodec } from './session/session-codec.ts';
export { jsonCodec } from './session/json-codec.ts';
export { signedCookieSessions, type SignedCookieSessionsOptions } from './signed-cookie/signed-cookie-sessions.ts';
export type { SealMode } from './signed-cookie/cookie-seal.ts';
export { merge, sameJson, type ConflictResolver, type ValueConflict } from './session/merge.ts';
export { memoryStore, type MemoryStoreOptions } from './memory-store.ts';
export {
  bucketOf,
  bucketOfStored,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  parseSessionKey,
  type KeyAlphabet,
  type KeyEncoding,
  type SessionKey,
  type StoredKey,
} from './keys.ts';
export type {
  ApplyResult,
  CopyOperation,
  CreateOperation,
  DestroyOperation,
  LoadResult,
  RenameOperation,
  SessionOperation,
  SessionRecord,
  SessionStore,
  TouchOperation,
  UpdateOperation,
} from './store.ts';
export { pgListen, type PgListenClient } from './pg-listen.ts';
export { pgExecutor, type PgClientLike, type PgExecutorOptions, type PgPoolLike } from './pg-executor.ts';
export { prismaExecutor, type PrismaRawLike } from './prisma-executor.ts';
export { SqlFailure, type SqlExecutor, type SqlRow } from './sql-executor.ts';
export { cachedStore, type CachedStoreOptions } from './cache/cached-store.ts';
export { memoryCache, type MemoryCacheOptions } from './cache/memory-cache.ts';
export { createTracing, type LiveSpan, type Tracing } from './tracing/create-tracing.ts';
export { tracedCache } from './tracing/traced-cache.ts';
export { redisCache, type RedisCacheOptions } from './cache/redis-cache.ts';
export type { RedisLike, ScriptedRedis } from './cache/redis-like.ts';
export type { CacheAnswer, CacheChange, CacheFill, SessionCache } from './cache/session-cache.ts';
export {
  migratingStore,
  type MigratingStore,
  type MigratingStoreOptions,
  type MirrorFailure,
  type RepairReport,
} from './migrating/migrating-store.ts';
export { movingStore, type MovingStore, type MovingStoreOptions } from './migrating/moving-store.ts';
export {
  twoDatabaseStore,
  type TwoDatabaseStore,
  type TwoDatabaseStoreOptions,
} from './migrating/two-database-store.ts';
export type { MoveFlags } from './migrating/move-flags.ts';
export { cacheStore, type CacheStoreOptions } from './cache/cache-store.ts';
export { sharedRedisCache, type SharedRedisCacheOptions } from './cache/shared-redis-cache.ts';
export { renewCache } from './cache/renew-cache.ts';
export type { CacheEra, CacheRegister } from './cache/cache-register.ts';
export {
  postgresCacheRegister,
  type Listen,
  type PostgresCacheRegisterOptions,
} from './cache/postgres-cache-register.ts';
export type { RedisClusterConnection, RedisConnection } from './cache/redis-server.ts';
export { listSessions, type ListedSession, type ListSessionsOptions } from './admin/list-sessions.ts';
export { memoryDirectory } from './admin/memory-directory.ts';
export { postgresDirectory } from './admin/postgres-directory.ts';
export { revokeSessions, type RevokeSessionsOptions } from './admin/revoke-sessions.ts';
export type { DirectoryQuery, SessionDirectory } from './admin/session-directory.ts';
export { readTableSpace, type TableSpace } from './admin/table-space.ts';
export { inspectTable, type InspectedTable } from './admin/bloat/inspect-table.ts';
export { reportBloat, type BloatReport } from './admin/bloat/report-bloat.ts';
export type { BloatCode, BloatFinding } from './admin/bloat/describe-findings.ts';
export type { BloatSizes, Size } from './admin/bloat/measure-sizes.ts';
export type { RepairStep } from './admin/bloat/repair-step.ts';
export { TableSpaceError, type TableSpaceErrorCode } from './admin/bloat/table-space-error.ts';
export { countExpiredSessions, type ExpiredSessions } from './admin/count-expired-sessions.ts';
export { purgeSessions, type PurgeSessionsOptions } from './admin/purge-sessions.ts';
export { describeSessions, type SessionDescription } from './admin/describe-sessions.ts';
export { findKeyEncoding } from './admin/find-key-encoding.ts';
