import type { SiteRow } from '../../fence/site.ts';
import type { StoredKey } from '../../keys.ts';
import { sameJson } from '../../session/merge.ts';
import { isImported } from './imported-version.ts';
import type { ReadSession } from './read-entry.ts';

/**
 * How a row compares with what was read of the source. `newer`: it was written, or ended, here. `older`: the source has
 * changed since it was copied; `different`: it is of the same version and not the same. `missing`: there is no row.
 */
export type Comparison = 'same' | 'newer' | 'older' | 'different' | 'missing';

/** Expiries that differ by less are the same: Redis tells how long a key has left, a moment later. */
const SAME_MS = 1_500;

/** @param endless the session's expiry is later each time that it is read */
export function compareRow(
  key: StoredKey,
  session: ReadSession,
  endless: boolean,
  row: SiteRow | undefined,
): Comparison {
  if (row === undefined) return 'missing';
  const isSame =
    row.data !== null &&
    sameData(row.data, session.data) &&
    (endless || Math.abs(row.expiresAt.getTime() - session.expiresAt.getTime()) < SAME_MS);
  if (isSame) return 'same';
  if (isImported(key, row.expiresAt, row.version)) return 'older';
  if (session.version === undefined || row.version > session.version) return 'newer';
  return row.version === session.version ? 'different' : 'older';
}

/** What went through the library once has other spaces, and means the same. */
function sameData(a: string, b: string): boolean {
  if (a === b) return true;
  if (!a.startsWith('{') || !b.startsWith('{')) return false;
  try {
    return sameJson(JSON.parse(a), JSON.parse(b));
  } catch {
    return false;
  }
}
