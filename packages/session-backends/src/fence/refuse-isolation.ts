import { SqlFailure, type SqlRow } from '../sql-executor.ts';

/** A statement with an older snapshot would act under a fence that has changed since. */
export function refuseIsolation(row: SqlRow | undefined): void {
  const isolation = row?.['isolation'];
  if (typeof isolation === 'string' && isolation !== 'read committed')
    throw new SqlFailure(
      'none',
      new Error(`the session store needs READ COMMITTED transactions; default_transaction_isolation is ${isolation}`),
    );
}
