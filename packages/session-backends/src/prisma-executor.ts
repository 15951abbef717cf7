import { outcomeOf, SqlFailure, type SqlExecutor, type SqlRow } from './sql-executor.ts';
import { tracedExecutor } from './tracing/traced-executor.ts';

/** The part of a generated Prisma client that is used. */
export interface PrismaRawLike {
  $queryRawUnsafe<T>(text: string, ...values: unknown[]): PromiseLike<T>;
}

export interface PrismaExecutorOptions {
  /** What spans call this database, such as "old". Default is nothing. */
  readonly database?: string;
}

/** An executor for those who have a Prisma client and no pool. Costs about three times the CPU of a pool's. */
export function prismaExecutor(client: PrismaRawLike, { database }: PrismaExecutorOptions = {}): SqlExecutor {
  const executor: SqlExecutor = {
    query: async (text, values) => {
      try {
        return await client.$queryRawUnsafe<SqlRow[]>(text, ...values);
      } catch (cause) {
        throw new SqlFailure(outcomeOf(cause), cause);
      }
    },
  };
  return tracedExecutor(executor, database);
}
