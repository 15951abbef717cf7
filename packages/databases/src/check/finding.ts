import type { Alias } from '../aliases.ts';

/** What a check can find. Each says what to do. */
export type FindingCode =
  | 'ONE_DATABASE'
  | 'MIGRATION_PENDING'
  | 'MIGRATION_FAILED'
  | 'MIGRATION_EDITED'
  | 'MIGRATION_NOT_IN_FOLDER'
  | 'TABLE_MISSING'
  | 'TABLES_NOT_AS_SCHEMA'
  | 'TABLES_NOT_AS_MIGRATIONS'
  | 'MODELS_DIFFER'
  | 'TABLES_DIFFER';

export interface Finding {
  readonly code: FindingCode;
  /** The databases that it is about. */
  readonly databases: readonly Alias[];
  /** The table, model or migration. */
  readonly subject: string;
  readonly message: string;
  readonly todo: string;
}
