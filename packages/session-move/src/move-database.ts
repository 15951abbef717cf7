/** One database of a move, as its tools see it. */
export interface MoveDatabase {
  query(text: string, values?: readonly unknown[]): Promise<readonly MoveRow[]>;
  /** Runs `work` in one READ COMMITTED transaction on one connection. */
  transaction<T>(work: (query: MoveDatabase['query']) => Promise<T>): Promise<T>;
}

export type MoveRow = Readonly<Record<string, unknown>>;

/** The part of `pg.Pool` that is used. */
export interface MovePoolLike {
  connect(): Promise<{
    query(text: string, values?: unknown[]): Promise<{ rows: MoveRow[] }>;
    release(destroy?: boolean): void;
    on(event: 'error', listener: () => void): unknown;
    off(event: 'error', listener: () => void): unknown;
  }>;
}

const IGNORE = (): void => undefined;

export interface PgMoveDatabaseOptions {
  /** Where the tables of the move are looked for, and nowhere else. Default is the connection's search path. */
  readonly schema?: string;
}

/** A database over a `pg.Pool`, which stays the caller's. */
export function pgMoveDatabase(pool: MovePoolLike, { schema }: PgMoveDatabaseOptions = {}): MoveDatabase {
  const begin = 'begin isolation level read committed';
  // For a transaction only: a pooler gives the connection to others.
  const beginInSchema = schema && `${begin}; set local search_path to "${schema.replaceAll('"', '""')}"`;
  const connected = async <T>(work: (query: MoveDatabase['query']) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    // A connection that breaks between two queries says so here, and would end the process if nobody listened; the next
    // query fails.
    client.on('error', IGNORE);
    let broken = true;
    try {
      const result = await work(async (text, values = []) => (await client.query(text, values as unknown[])).rows);
      broken = false;
      return result;
    } catch (error) {
      // What the server has refused it has ended, and the connection may stay; one in an unknown state may not.
      if (isRefusal(error))
        broken = await client.query('rollback').then(
          () => false,
          () => true,
        );
      throw error;
    } finally {
      if (!broken) client.off('error', IGNORE);
      client.release(broken);
    }
  };
  const transaction: MoveDatabase['transaction'] = (work) =>
    connected(async (query) => {
      await query(beginInSchema ?? begin);
      const result = await work(query);
      await query('commit');
      return result;
    });
  return {
    query: (text, values) =>
      beginInSchema === undefined
        ? connected((query) => query(text, values))
        : transaction((query) => query(text, values)),
    transaction,
  };
}

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && 'severity' in error && error.severity === 'ERROR';
