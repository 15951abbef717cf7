import { FenceError } from '../../fence/fence-error.ts';
import { postgresSite } from '../../fence/postgres-site.ts';
import { epochOf, versionOf, type Version } from '../../fence/rules.ts';
import type { SiteCopy, SiteLoad, SiteUpdate } from '../../fence/site.ts';
import { bucketOf, encodeKey, type KeyEncoding, type SessionKey, type StoredKey } from '../../keys.ts';
import type { SqlExecutor } from '../../sql-executor.ts';
import { compareRow, type Comparison } from './compare-row.ts';
import { importedVersion } from './imported-version.ts';
import type { ReadSession } from './read-entry.ts';

/** A session on its way, under its key in clear. */
export interface Imported {
  readonly key: string;
  readonly session: ReadSession;
  /** It never ends at its source: its expiry is one of ours, which is later each time. */
  readonly endless: boolean;
}

/** The table that sessions are imported into: never over what was written, or ended, there. */
export interface ImportTarget {
  /** Whether an import may go there now, asked before there is anything to copy. @throws as `copy` does */
  assertFree(): Promise<void>;
  /** How many rows were written. @throws {FenceError} MOVE_CLAIMED @throws {SqlFailure} */
  copy(sessions: readonly Imported[]): Promise<number>;
  compare(sessions: readonly Imported[]): Promise<Comparison[]>;
}

/** A session beside what there is in its place. */
interface Placed {
  readonly key: StoredKey;
  readonly bucket: number;
  readonly loaded: SiteLoad;
  readonly session: ReadSession;
  readonly comparison: Comparison;
}

export function importTarget(executor: SqlExecutor, keyEncoding: KeyEncoding): ImportTarget {
  const site = postgresSite({ name: 'new', executor, standalone: true });

  const place = async (sessions: readonly Imported[]): Promise<Placed[]> => {
    if (sessions.length === 0) return [];
    const keys = sessions.map(({ key }) => ({
      key: encodeKey(key as SessionKey, keyEncoding),
      bucket: bucketOf(key as SessionKey),
    }));
    const loads = await site.load(keys);
    return keys.map((where, i) => {
      const [loaded, { session, endless }] = [loads[i] as SiteLoad, sessions[i] as Imported];
      const { epoch, moveId } = loaded.fence;
      if (moveId !== null) throw claimed();
      const lifted = { ...session, version: session.version && lift(session.version, epoch) };
      return { ...where, loaded, session: lifted, comparison: compareRow(where.key, lifted, endless, loaded.row) };
    });
  };

  const insert = async (placed: readonly Placed[]): Promise<number> => {
    if (placed.length === 0) return 0;
    const guards = { moveId: null, adoptEpoch: null, deadline: null };
    const copies = placed.map((one): SiteCopy => {
      const { key, bucket, session } = one;
      return { ...session, key, bucket, version: nextVersionOf(one), ...guards };
    });
    return (await site.copy(copies)).filter(({ applied }) => applied).length;
  };

  /** Over exactly the row that was seen: whoever writes there meanwhile keeps what it wrote. */
  const replace = async (placed: readonly Placed[]): Promise<number> => {
    if (placed.length === 0) return 0;
    return (await site.write(placed.map(toUpdate))).filter(({ version }) => version !== undefined).length;
  };

  return {
    assertFree: async () => {
      if ((await site.fences()).some(({ moveId }) => moveId !== null)) throw claimed();
    },
    copy: async (sessions) => {
      const open = (await place(sessions)).filter(({ comparison }) => !isSettled(comparison));
      const isThere = ({ loaded }: Placed): boolean => loaded.row?.live === true;
      return (await insert(open.filter((one) => !isThere(one)))) + (await replace(open.filter(isThere)));
    },
    compare: async (sessions) => (await place(sessions)).map(({ comparison }) => comparison),
  };
}

/** A cancelled move keeps its claim: copies that are still on their way must not arrive. */
const claimed = (): FenceError =>
  new FenceError(
    'MOVE_CLAIMED',
    'A move has claimed this database, and its own backfill fills it. To import instead: switchyard move cancel, and then in this database: update session_fence set move_id = null',
  );

/** Nothing is left to be copied. */
export const isSettled = (comparison: Comparison): boolean => comparison === 'same' || comparison === 'newer';

/** The other store's versions are of the first epoch; the table may have come to a later one, by a move that is over. */
const lift = (version: Version, epoch: number): Version => version + versionOf(epoch - epochOf(version), 0);

function nextVersionOf({ key, loaded: { fence, row }, session }: Placed): Version {
  const { expiresAt, version } = session;
  const next = version ?? importedVersion(key, expiresAt, fence.epoch, row?.version);
  return row !== undefined && next <= row.version ? row.version + 1 : next;
}

function toUpdate(placed: Placed): SiteUpdate {
  const { key, bucket, loaded, session } = placed;
  const { data, expiresAt, userId } = session;
  const expectedVersion = loaded.row?.version ?? 0;
  return {
    kind: 'update',
    key,
    bucket,
    believedEpoch: loaded.fence.epoch,
    adoptedEpoch: null,
    data,
    expiresAt,
    userId,
    expectedVersion,
    step: nextVersionOf(placed) - expectedVersion,
  };
}
