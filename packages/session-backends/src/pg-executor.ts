import { outcomeOf, SqlFailure, sqlStateOf, type SqlExecutor, type SqlRow } from './sql-executor.ts';
import { tracedExecutor } from './tracing/traced-executor.ts';

/** The part of `pg.Pool` that is used. */
export interface PgPoolLike {
  connect(): Promise<PgClientLike>;
}

export interface PgClientLike {
  query(statement: { text: string; values: unknown[]; name?: string }): Promise<{ rows: SqlRow[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

export interface PgExecutorOptions {
  /** Prepare statements by name. Default is true; PgBouncer before 1.21 cannot in transaction mode. */
  readonly named?: boolean;
  /** What spans call this database, such as "old". Default is nothing. */
  readonly database?: string;
}

/** A server that goes away right after its answer says so to nobody; the next query finds the connection closed. */
const ignore = (): void => undefined;
/** Those that have been told to, by whichever executor. */
const known = new WeakSet<PgClientLike>();

/** An executor over a `pg.Pool`. The pool stays the caller's. */
export function pgExecutor(pool: PgPoolLike, { named = true, database }: PgExecutorOptions = {}): SqlExecutor {
  const connect = async (): Promise<PgClientLike> => {
    try {
      const client = await pool.connect();
      if (!known.has(client)) {
        known.add(client);
        client.on('error', ignore);
      }
      return client;
    } catch (cause) {
      throw new SqlFailure('none', cause);
    }
  };

  const executor: SqlExecutor = {
    query: async (text, values, { name }) => {
      // Connecting is apart from asking: as long as nothing was sent, nothing can have happened.
      const client = await connect();
      try {
        const { rows } = await client.query({ text, values: values as unknown[], ...(named && { name }) });
        client.release();
        return rows;
      } catch (cause) {
        client.release(sqlStateOf(cause) === undefined);
        throw new SqlFailure(outcomeOf(cause), cause);
      }
    },
  };
  return tracedExecutor(executor, database);
}
