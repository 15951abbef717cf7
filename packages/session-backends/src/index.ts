export { createSessions, type Sessions } from './session/create-sessions.ts';
export type { CookieExpiry, LoginOptions, Session, SessionData, SessionUpdater } from './session/session.ts';
export { SessionError, type SessionErrorCode } from './session/session-error.ts';
export type { SessionEvent, SessionsOptions } from './session/session-settings.ts';
export type { SessionCodec } from './session/session-codec.ts';
export { jsonCodec } from './session/json-codec.ts';
export { merge, sameJson, type ConflictResolver, type ValueConflict } from './session/merge.ts';
export { memoryStore, type MemoryStoreOptions } from './memory-store.ts';
export {
  bucketOf,
  bucketOfStored,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  parseSessionKey,
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
export { pgExecutor, type PgClientLike, type PgExecutorOptions, type PgPoolLike } from './pg-executor.ts';
export { prismaExecutor, type PrismaRawLike } from './prisma-executor.ts';
export { SqlFailure, type SqlExecutor, type SqlRow } from './sql-executor.ts';
