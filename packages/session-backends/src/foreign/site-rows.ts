import { SqlFailure, type SqlRow } from '../sql-executor.ts';
import type { Fence, FenceState } from '../fence/rules.ts';
import type { SiteCopyResult, SiteLoad, SiteWriteResult } from '../fence/site.ts';

export const toFence = (row: SqlRow): Fence => ({
  epoch: row['epoch'] as number,
  state: row['state'] as FenceState,
  merge: row['merge'] as boolean,
  floor: Number(row['floor']),
  capture: row['capture'] as boolean,
  moveId: row['move_id'] as string | null,
});

export const toLoad = (row: SqlRow): SiteLoad => ({
  fence: toFence(row),
  row:
    row['version'] === null
      ? undefined
      : {
          data: row['data'] as string | null,
          expiresAt: row['expires_at'] as Date,
          version: Number(row['version']),
          userId: row['user_id'] as string | null,
          live: row['live'] as boolean,
        },
});

export const toWriteResult = (row: SqlRow): SiteWriteResult => ({
  fence: toFence(row),
  version: row['written'] === null ? undefined : Number(row['written']),
  ...(row['held'] === true && { isHeld: true as const }),
});

export const toCopyResult = (row: SqlRow): SiteCopyResult => ({
  fence: toFence(row),
  applied: row['applied'] as boolean,
});

/** A statement with an older snapshot would act under a fence that has changed since. */
export function refuseIsolation(row: SqlRow | undefined): void {
  const isolation = row?.['isolation'];
  if (typeof isolation === 'string' && isolation !== 'read committed')
    throw new SqlFailure(
      'none',
      new Error(`the session store needs READ COMMITTED transactions; default_transaction_isolation is ${isolation}`),
    );
}
