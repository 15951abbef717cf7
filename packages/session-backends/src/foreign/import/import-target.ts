import { FenceError } from '../../fence/fence-error.ts';
import { postgresSite } from '../../fence/postgres-site.ts';
import type { SiteRow } from '../../fence/site.ts';
import { bucketOf, encodeKey, type KeyEncoding, type SessionKey, type StoredKey } from '../../keys.ts';
import { sameJson } from '../../session/merge.ts';
import type { SqlExecutor } from '../../sql-executor.ts';
import type { ReadSession } from './read-entry.ts';

/** A session on its way, under its key in clear. */
export interface Imported {
  readonly key: string;
  readonly session: ReadSession;
  /** It never ends at its source: its expiry is one of ours, which is later each time. */
  readonly endless: boolean;
}

/**
 * How a row compares with what was read of the source. `newer`: it was written, or ended, here since. `older`: the source
 * has changed since it was copied. `different`: neither, and yet it is not the same.
 */
export type Comparison = 'same' | 'newer' | 'older' | 'different' | 'missing';

/** The table that sessions are imported into: rows go in only over what is older. */
export interface ImportTarget {
  /** How many rows were written. @throws {FenceError} MOVE_CLAIMED @throws {SqlFailure} */
  copy(sessions: readonly Imported[]): Promise<number>;
  compare(sessions: readonly Imported[]): Promise<Comparison[]>;
}

/** Expiries that differ by less are the same: Redis tells how long a key has left, a moment later. */
const SAME_MS = 1_500;

export function importTarget(executor: SqlExecutor, keyEncoding: KeyEncoding): ImportTarget {
  const site = postgresSite({ name: 'new', executor, standalone: true });
  const place = ({ key }: Imported): { key: StoredKey; bucket: number } => ({
    key: encodeKey(key as SessionKey, keyEncoding),
    bucket: bucketOf(key as SessionKey),
  });

  const load = async (sessions: readonly Imported[]): Promise<(SiteRow | undefined)[]> =>
    sessions.length === 0 ? [] : (await site.load(sessions.map(place))).map(({ row }) => row);

  /** Which of them were written. */
  const write = async (sessions: readonly Imported[]): Promise<boolean[]> => {
    if (sessions.length === 0) return [];
    const copies = sessions.map((imported) => ({
      ...place(imported),
      ...imported.session,
      moveId: null,
      adoptEpoch: null,
      deadline: null,
    }));
    return (await site.copy(copies)).map(({ fence, applied }) => {
      if (fence.moveId !== null)
        throw new FenceError('MOVE_CLAIMED', 'A move has claimed this database: import before it is started.');
      return applied;
    });
  };

  return {
    copy: async (sessions) => {
      const written = await write(sessions);
      const kept = sessions.filter((_, i) => written[i] === false);
      const rows = await load(kept);
      // Of the same version and yet another: the source has changed it within the second that its version comes from.
      const changed = kept.flatMap((imported, i) => {
        if (compareRow(imported, rows[i]) !== 'different') return [];
        const { session } = imported;
        return [{ ...imported, session: { ...session, version: session.version + 1 } }];
      });
      return [...written, ...(await write(changed))].filter(Boolean).length;
    },
    compare: async (sessions) => {
      const rows = await load(sessions);
      return sessions.map((imported, i) => compareRow(imported, rows[i]));
    },
  };
}

function compareRow({ session, endless }: Imported, row: SiteRow | undefined): Comparison {
  if (row === undefined) return 'missing';
  const isSame =
    row.data !== null &&
    sameData(row.data, session.data) &&
    (endless || Math.abs(row.expiresAt.getTime() - session.expiresAt.getTime()) < SAME_MS);
  if (isSame) return 'same';
  if (row.version === session.version) return 'different';
  return row.version > session.version ? 'newer' : 'older';
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
