export { djangoCodec, type DjangoCodecOptions } from './django-codec.ts';
export { djangoLogin, type DjangoLogin } from './django-login.ts';
export { expressSessionCodec, type ExpressSessionCodecOptions } from './express-session-codec.ts';
export type { ExpressStoreLike } from './express-store.ts';
export { fromConnectRedis, type ConnectRedisLike, type FromConnectRedisOptions } from './from-connect-redis.ts';
export {
  fromExpressSessionStore,
  type FromExpressSessionStoreOptions,
  type StoredExpiry,
} from './from-express-session-store.ts';
export { fromPrismaSessionStore, type FromPrismaSessionStoreOptions } from './from-prisma-session-store.ts';
export { hashedKeys } from './hashed-keys.ts';
export {
  connectPgSimpleTable,
  djangoTable,
  prismaSessionTable,
  type ConnectPgSimpleTableOptions,
  type PrismaSessionTableOptions,
  type SharedTable,
} from './shared-table.ts';
export { sharedTableStore, type SharedTableStoreOptions } from './shared-table-store.ts';
export { DEFAULT_SIDE_SCHEMA, type FencedTable } from './fenced-table.ts';
export { fencedTableSql, unfencedTableSql } from './fenced-table-sql.ts';
export { foreignSite, type ForeignSiteOptions } from './foreign-site.ts';
export { foreignTableStore, type ForeignTableStoreOptions } from './foreign-table-store.ts';
export { purgeTombstones, type PurgeTombstonesOptions } from './purge-tombstones.ts';
export { LIBRARY_TRIGGERS, SESSION_MOVED, WRITE_UNKNOWN } from './library-triggers-sql.ts';
export { importCursors, type ImportCursor, type ImportCursors } from './import/import-cursor.ts';
export { ImportError, type ImportErrorCode } from './import/import-error.ts';
export {
  compareSessions,
  copySessions,
  type CompareReport,
  type CopyReport,
  type ImportOptions,
  type Undecodable,
} from './import/import-sessions.ts';
export type { Comparison } from './import/compare-row.ts';
export { importTarget, type Imported, type ImportTarget } from './import/import-target.ts';
export { readDjangoSession, readExpressSession, type ReadEntry, type ReadSession } from './import/read-entry.ts';
export { redisSource, type RedisCallable } from './import/redis-source.ts';
export type { SessionSource, SourceEntry, SourcePage } from './import/session-source.ts';
export { tableSource, type TableSource } from './import/table-source.ts';
