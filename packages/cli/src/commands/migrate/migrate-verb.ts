import type { Alias, Migrator } from '@switchyard/databases';

/** What a command on one database has come to. */
export interface MigrateOutcome {
  /** For `--json`, beside the database's alias. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** One thing to do with the migrations of a database. */
export interface MigrateVerb {
  /** Whether a router that keeps a schema's migrations out of the database is to be heard first. */
  readonly asksRouters: boolean;
  run(migrator: Migrator, alias: Alias): Promise<MigrateOutcome>;
}
