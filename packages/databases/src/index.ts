export { ALIASES, parseAlias, urlVariable, type Alias } from './aliases.ts';
export { createMainClient, createSessionsClient, type MainClient, type SessionsClient } from './clients.ts';
export { DatabaseError, type DatabaseErrorCode } from './database-error.ts';
export { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './embedded/embedded-postgres.ts';
export { freePort } from './embedded/free-port.ts';
export { createMigrator, type MigrationState, type MigrationStatus, type Migrator } from './migrations/migrator.ts';
export { checkConnection, checkUrl, createPool, type PoolOptions } from './pool.ts';
export { findProjectFolder, prismaFolder } from './project-folder.ts';
