import { settleLostWrite } from '@switchyard/session-backends/fence';
import type { Has } from './mechanisms.ts';
import { writeKindOf } from './request.ts';
import type { Request } from './request.ts';
import type { Row } from './world.ts';

/** How a request goes on whose answer was lost, having found `found` (null: no live row). */
export function settle(has: Has, request: Request, found: Row | null): 'done' | 'repeat' | 'unknown' {
  const { kind, expected } = request;
  if (!has('lostWriteIsNotRepeated')) {
    if (kind === 'save') return isOwn(has, request, found) ? 'done' : 'repeat';
    if (kind === 'touch' && found) return 'repeat';
  }
  return settleLostWrite({
    kind: writeKindOf(kind),
    expectedVersion: expected?.version,
    foundVersion: found?.version,
    foundOwn: isOwn(has, request, found),
  });
}

/** Has this very request written the row? */
export const isOwn = (has: Has, request: Request, row: Row | null): boolean =>
  row !== null && (has('ownMark') ? row.writtenBy === request.id : row.value === request.value);
