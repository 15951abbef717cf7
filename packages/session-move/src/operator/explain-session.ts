import { bucketOfStored, type KeyEncoding, type StoredKey } from '@switchyard/session-backends';
import { counterOf, epochOf, otherSite, type Fence, type SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase, type BucketPhase } from '../bucket-phase.ts';
import { readFences } from '../fence-table.ts';
import { MoveError } from '../move-error.ts';
import type { MoveDatabase } from '../move-database.ts';
import type { MoveSide } from '../move-side.ts';

/** One side's row of a session, without its data and its key. */
export interface RowExplained {
  readonly version: number;
  readonly epoch: number;
  readonly counter: number;
  readonly state: 'live' | 'expired' | 'destroyed';
  readonly expiresAt: Date;
  /** In bytes. */
  readonly size: number;
  /** It is listed to be carried to the other side. */
  readonly inOutbox: boolean;
}

export interface SideExplained {
  readonly fence: Fence;
  readonly row: RowExplained | undefined;
}

/** Where a session lives, and why. */
export interface SessionExplained {
  /** The first eight digits of its stored key. */
  readonly key: string;
  readonly bucket: number;
  readonly phase: BucketPhase;
  readonly old: SideExplained;
  readonly new: SideExplained;
  /** What a load is answered with now. */
  readonly answer: 'found' | 'absent' | 'undecided';
  readonly from: SiteName | undefined;
  /** Sentences, one after the other. */
  readonly because: readonly string[];
}

const ROW = `select s.version::float8 as version, s.data is null as destroyed, s.expires_at, coalesce(octet_length(s.data), 0) as size,
    s.expires_at > clock_timestamp() as unexpired, o.session_key is not null as in_outbox
  from session s left join session_outbox o using (session_key) where s.session_key = $1`;

/** Bounds that any collation puts around what begins so, so that the index is used. */
const BY_PREFIX = `select session_key from session
  where session_key >= $1 and session_key <= $1 || 'zzzzzzzz' and starts_with(session_key, $1)
  order by session_key limit 2`;

/** Eight digits tell sessions apart, and are what lists show. */
const SHORTEST_PREFIX = 8;

/**
 * @param key a stored key, or at least its first eight characters
 * @throws {MoveError} KEY_UNKNOWN when no session begins so, or more than one
 */
export async function explainSession(
  sides: Readonly<Record<SiteName, MoveSide>>,
  key: string,
  keyEncoding: KeyEncoding = 'sha256',
): Promise<SessionExplained> {
  const stored = (await findKey(sides, key)) as StoredKey;
  const bucket = bucketOfStored(stored, keyEncoding);
  const [old, fresh] = await Promise.all([
    explainSide(sides.old.database, stored, bucket),
    explainSide(sides.new.database, stored, bucket),
  ]);
  const both = { old, new: fresh };
  return {
    key: stored.slice(0, SHORTEST_PREFIX),
    bucket,
    phase: bucketPhase(old.fence, fresh.fence),
    ...both,
    ...answerOf(both),
  };
}

async function findKey(sides: Readonly<Record<SiteName, MoveSide>>, given: string): Promise<string> {
  if (given.length < SHORTEST_PREFIX || !/^[A-Za-z0-9_-]+$/.test(given))
    throw new MoveError('KEY_UNKNOWN', `A stored key is needed, or its first ${SHORTEST_PREFIX} characters at least.`);
  const pages = await Promise.all([sides.old, sides.new].map(({ database }) => database.query(BY_PREFIX, [given])));
  const found = new Set(pages.flat().map((row) => String(row['session_key'])));
  const [first] = found;
  if (first === undefined)
    throw new MoveError('KEY_UNKNOWN', 'Neither database has a session whose stored key begins so.');
  if (found.size > 1) throw new MoveError('KEY_UNKNOWN', 'More than one stored key begins so: give more of it.');
  return first;
}

async function explainSide(database: MoveDatabase, key: string, bucket: number): Promise<SideExplained> {
  const [fences, [row]] = await Promise.all([readFences(database), database.query(ROW, [key])]);
  const fence = fences[bucket] as Fence;
  if (row === undefined) return { fence, row: undefined };
  const version = Number(row['version']);
  return {
    fence,
    row: {
      version,
      epoch: epochOf(version),
      counter: counterOf(version),
      state: row['destroyed'] === true ? 'destroyed' : row['unexpired'] === true ? 'live' : 'expired',
      expiresAt: row['expires_at'] as Date,
      size: Number(row['size']),
      inOutbox: row['in_outbox'] === true,
    },
  };
}

type Sides = Readonly<Record<SiteName, SideExplained>>;

function answerOf(sides: Sides): Pick<SessionExplained, 'answer' | 'from' | 'because'> {
  const authority = (['old', 'new'] as const).find((side) => sides[side].fence.state === 'auth');
  const armed = (['old', 'new'] as const).find((side) => sides[side].fence.state === 'armed');
  const server = authority ?? armed;
  if (server === undefined)
    return {
      answer: 'undecided',
      from: undefined,
      because: ['Neither side says that it serves this bucket: its sessions are refused.'],
    };
  const { fence, row } = sides[server];
  const because = [
    authority === undefined
      ? `The ${otherSite(server)} side has given the bucket up, and the ${server} one is armed: a switch is under way.`
      : `The ${server} side is the authority of the bucket, in epoch ${fence.epoch}.`,
  ];
  const looksElsewhere = fence.merge && (row === undefined || row.epoch < fence.epoch);
  if (!looksElsewhere) return { ...tell(server, row), because: [...because, describe(server, row)] };
  const other = otherSite(server);
  const elsewhere = sides[other].row;
  because.push(`It still looks at the ${other} side for what it has no row of its own epoch of.`);
  const [from, winner] =
    (elsewhere?.version ?? 0) > (row?.version ?? 0) ? ([other, elsewhere] as const) : ([server, row] as const);
  return { ...tell(from, winner), because: [...because, describe(from, winner)] };
}

const tell = (side: SiteName, row: RowExplained | undefined): Pick<SessionExplained, 'answer' | 'from'> =>
  row?.state === 'live' ? { answer: 'found', from: side } : { answer: 'absent', from: undefined };

function describe(side: SiteName, row: RowExplained | undefined): string {
  if (row === undefined) return `The ${side} side has no row of it: there is no such session.`;
  const what = { live: 'a live row', expired: 'a row that has expired', destroyed: 'a tombstone' }[row.state];
  return `The ${side} side has ${what}, written in epoch ${row.epoch}.`;
}
