import { fenceOfRow } from '../fence/fence-row.ts';
import type { SiteCopyResult, SiteLoad, SiteWriteResult } from '../fence/site.ts';
import type { SqlRow } from '../sql-executor.ts';

export const toLoad = (row: SqlRow): SiteLoad => ({
  fence: fenceOfRow(row),
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
  fence: fenceOfRow(row),
  version: row['written'] === null ? undefined : Number(row['written']),
  ...(row['held'] === true && { isHeld: true as const }),
});

export const toCopyResult = (row: SqlRow): SiteCopyResult => ({
  fence: fenceOfRow(row),
  applied: row['applied'] as boolean,
});
