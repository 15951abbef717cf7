export type DatabaseErrorCode =
  | 'ALIAS_UNKNOWN'
  | 'URL_INVALID'
  | 'SERVER_UNREACHABLE'
  | 'REDIS_UNREACHABLE'
  | 'NOT_MIGRATED'
  | 'LOGIN_REFUSED'
  | 'DATABASE_MISSING'
  | 'EMBEDDED_UNSUPPORTED'
  | 'EMBEDDED_IN_USE'
  | 'EMBEDDED_FAILED'
  | 'PROJECT_NOT_FOUND'
  | 'SCHEMA_INVALID'
  | 'MIGRATION_FAILED'
  | 'MIGRATION_EDITED'
  | 'MIGRATION_INCOMPLETE'
  | 'MIGRATION_UNKNOWN'
  | 'MIGRATION_SETTLED'
  | 'MIGRATION_NOT_ALLOWED'
  | 'SHADOW_DATABASE_REFUSED'
  | 'CONFIG_INVALID';

/** A failure that an operator can act on: the message says what happened and what to do. */
export class DatabaseError extends Error {
  readonly code: DatabaseErrorCode;

  constructor(code: DatabaseErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DatabaseError';
    this.code = code;
  }
}
