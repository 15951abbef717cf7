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
  }>;
}

/** A database over a `pg.Pool`, which stays the caller's. */
export function pgMoveDatabase(pool: MovePoolLike): MoveDatabase {
  const connected = async <T>(work: (query: MoveDatabase['query']) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken = false;
    try {
      return await work(async (text, values = []) => (await client.query(text, values as unknown[])).rows);
    } catch (error) {
      // A connection in an unknown state is not handed back.
      broken = true;
      throw error;
    } finally {
      client.release(broken);
    }
  };
  return {
    query: (text, values) => connected((query) => query(text, values)),
    transaction: (work) =>
      connected(async (query) => {
        await query('begin isolation level read committed');
        const result = await work(query);
        await query('commit');
        return result;
      }),
  };
}
