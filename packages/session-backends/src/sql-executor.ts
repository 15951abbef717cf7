/**
 * How a store talks SQL: one statement at a time, in a READ COMMITTED transaction of its own. Any driver fits.
 */
export interface SqlExecutor {
  /**
   * Runs one statement and returns its rows, keyed by column name. With a name, the statement is prepared once per
   * connection. Values are strings, numbers, booleans, Dates, null, arrays of these, or bytes (Uint8Array).
   * @throws {SqlFailure}
   */
  query(text: string, values: readonly unknown[], options: { readonly name: string }): Promise<readonly SqlRow[]>;
}

export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * A statement that did not succeed. `none`: it certainly changed nothing. `unknown`: the connection was lost or the
 * answer did not come, so that it may have been carried out, now or in a moment.
 */
export class SqlFailure extends Error {
  readonly outcome: 'none' | 'unknown';
  /** The five characters of PostgreSQL's error code; `undefined` when it did not come from the server. */
  readonly sqlState: string | undefined;

  constructor(outcome: 'none' | 'unknown', cause: unknown) {
    const sqlState = sqlStateOf(cause);
    super(sqlState === undefined ? 'the database did not answer' : `the database refused a statement (${sqlState})`, {
      cause,
    });
    this.name = 'SqlFailure';
    this.outcome = outcome;
    this.sqlState = sqlState;
  }
}

interface DriverError {
  readonly code?: unknown;
  /** Prisma's, over a driver adapter. */
  readonly meta?: { readonly driverAdapterError?: { readonly cause?: { originalCode?: unknown; kind?: unknown } } };
}

const isObject = (error: unknown): error is DriverError => typeof error === 'object' && error !== null;
const adapterCause = (error: unknown): { originalCode?: unknown; kind?: unknown } | undefined =>
  isObject(error) ? error.meta?.driverAdapterError?.cause : undefined;

/** Prisma's own codes (P1017, P2010) have the same shape, but say less; no SQLSTATE begins like them. */
const SQL_STATE = /^(?=.*[0-9])(?!P[1-9])[0-9A-Z]{5}$/;

export function sqlStateOf(error: unknown): string | undefined {
  const candidates = [adapterCause(error)?.originalCode, isObject(error) ? error.code : undefined];
  return candidates.find(
    (candidate): candidate is string => typeof candidate === 'string' && SQL_STATE.test(candidate),
  );
}

/**
 * A server that says why it failed has rolled back; except when it says that it is going away (class 57P). Prisma, which
 * connects and asks in one, calls a server not reachable when it refused the connection.
 */
export function outcomeOf(error: unknown): 'none' | 'unknown' {
  if (adapterCause(error)?.kind === 'DatabaseNotReachable') return 'none';
  const sqlState = sqlStateOf(error);
  return sqlState === undefined || sqlState.startsWith('57P') || sqlState.startsWith('08') ? 'unknown' : 'none';
}
