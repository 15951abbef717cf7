import type { ApplyResult, SessionOperation, SessionRecord } from '../store.ts';
import { epochOf, nextVersion, settleLostWrite } from './rules.ts';
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

/** Why a write was refused, by the row that is there. */
export function classifyRefused(operation: FencedOperation, row: SiteRow | undefined): Verdict {
  if (operation.kind === 'create') return row === undefined ? 'retry' : { status: 'taken' };
  if (row === undefined || !row.live)
    return operation.kind === 'destroy' ? { status: 'ok', version: row?.version ?? 0 } : { status: 'gone' };
  switch (operation.kind) {
    case 'touch':
    case 'destroy':
      return 'retry';
    case 'update':
    case 'rename': {
      const { expectedVersion, kind } = operation;
      if (expectedVersion !== undefined && expectedVersion !== row.version)
        return { status: 'conflict', current: toRecord(row) };
      return kind === 'rename' ? 'look' : 'retry';
    }
  }
}

const UNKNOWN: ApplyResult = {
  status: 'unavailable',
  outcome: 'unknown',
  cause: new Error('the answer to a write was lost, and what is there now does not tell whether it happened'),
};

/** The row that tells what became of a write whose answer was lost: for a rename, that of the new key. */
export const telltaleKey = (operation: FencedOperation): FencedOperation['key'] =>
  operation.kind === 'rename' ? operation.newKey : operation.key;

/**
 * What became of a write whose answer was lost, by its telltale row. It is never met with a second write that could take
 * effect beside the first. `step` is by how much the write was to raise the version, if that was drawn as its mark.
 */
export function classifyLost(
  operation: FencedOperation,
  row: SiteRow | undefined,
  step?: number,
): ApplyResult | 'retry' {
  // A tombstone is final. Where there is nothing, the key may be created yet, and the lost destroy arrive after that.
  if (operation.kind === 'destroy' && row === undefined) return UNKNOWN;
  const live = row !== undefined && row.live;
  const fate = settleLostWrite({
    kind: operation.kind,
    expectedVersion: 'expectedVersion' in operation ? operation.expectedVersion : undefined,
    foundVersion: live ? row.version : undefined,
    foundOwn: live && isOwn(operation, row, step),
  });
  if (fate === 'unknown') return UNKNOWN;
  return fate === 'repeat' ? 'retry' : { status: 'ok', version: row?.version ?? 0 };
}

/** Nobody else can know a fresh key; over a row that others write too, the step is the mark. */
function isOwn(operation: FencedOperation, row: SiteRow, step: number | undefined): boolean {
  switch (operation.kind) {
    case 'create':
      return operation.fresh && row.data === operation.data;
    case 'rename':
      return row.data === operation.data;
    case 'update':
      return (
        step !== undefined &&
        operation.expectedVersion !== undefined &&
        row.version === nextVersion(operation.expectedVersion, epochOf(row.version), step) &&
        row.data === operation.data
      );
    case 'touch':
    case 'destroy':
      return false;
  }
}
