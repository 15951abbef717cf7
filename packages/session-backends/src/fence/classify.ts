import type { ApplyResult, SessionOperation, SessionRecord } from '../store.ts';
import { epochOf, nextVersion } from './rules.ts';
import type { SiteRow } from './site.ts';

export type FencedOperation = Exclude<SessionOperation, { kind: 'copy' }>;

/** `retry`: nothing stands in the way now, send it again. `look`: whether the new key exists decides. */
export type Verdict = ApplyResult | 'retry' | 'look';

export const toRecord = (row: SiteRow): SessionRecord => ({
  data: row.data as string,
  expiresAt: row.expiresAt,
  version: row.version,
  userId: row.userId,
});

const unknown: ApplyResult = {
  status: 'unavailable',
  outcome: 'unknown',
  cause: new Error('the answer to a write was lost, and the session has been written since'),
};

/**
 * What became of a write that was refused, or (`unsure`) whose answer was lost, judged by the row that is there now.
 *
 * A lost answer is never met with a second blind write: only what cannot take effect twice is sent again (a
 * compare-and-set, a create, a destroy, a touch).
 */
export function classify(operation: FencedOperation, row: SiteRow | undefined, unsure: boolean): Verdict {
  const live = row !== undefined && row.live;
  switch (operation.kind) {
    case 'create':
      if (row === undefined) return 'retry';
      return unsure && live && row.data === operation.data
        ? { status: 'ok', version: row.version }
        : { status: 'taken' };
    case 'touch':
      return live ? 'retry' : { status: 'gone' };
    case 'destroy':
      return live ? 'retry' : { status: 'ok', version: row?.version ?? 0 };
    case 'update':
      return live ? classifyUpdate(operation, row, unsure) : { status: 'gone' };
    case 'rename':
      if (!live) return unsure ? 'look' : { status: 'gone' };
      if (operation.expectedVersion === undefined || operation.expectedVersion === row.version) return 'look';
      return { status: 'conflict', current: toRecord(row) };
  }
}

function classifyUpdate(
  { expectedVersion, data }: FencedOperation & { kind: 'update' },
  row: SiteRow,
  unsure: boolean,
): Verdict {
  if (expectedVersion === undefined) {
    if (!unsure) return 'retry';
    return row.data === data ? { status: 'ok', version: row.version } : unknown;
  }
  if (row.version === expectedVersion) return 'retry';
  if (!unsure) return { status: 'conflict', current: toRecord(row) };
  const ours = nextVersion(expectedVersion, epochOf(row.version)) === row.version && row.data === data;
  return ours ? { status: 'ok', version: row.version } : unknown;
}
