import { wait } from './wait.ts';
import type { Pool } from 'pg';

export type Mismatch = 'onlyInMain' | 'onlyInSessions' | 'dataDiffers' | 'expiryDiffers' | 'userDiffers';

/** Live sessions of both databases, compared. */
export interface RowComparison extends Readonly<Record<Mismatch, number>> {
  readonly compared: number;
  readonly matching: number;
  /** How many were looked at again, since they were being changed when they were first read. */
  readonly lookedAtAgain: number;
}

interface Row {
  readonly key: string;
  readonly data: string | null;
  readonly expiresAt: number;
  readonly userId: string | null;
  readonly isLive: boolean;
}

interface Sides {
  readonly main: ReadonlyMap<string, Row>;
  readonly sessions: ReadonlyMap<string, Row>;
}

const LOOK_AGAIN_MS = 100;

/**
 * Compares the live rows of both tables, while the shop goes on writing. The two reads are not at one moment, so a row
 * that differs is read again until it matches or the time is up.
 */
export async function compareRows(
  pools: { main: Pool; sessions: Pool },
  limitMs: number,
  signal: AbortSignal,
): Promise<RowComparison> {
  const until = performance.now() + limitMs;
  const first = await readBoth(pools, null);
  const live = keysThatLive(first);
  let wrong = mismatches(first, live);
  const lookedAtAgain = wrong.size;
  while (wrong.size > 0 && performance.now() < until) {
    await wait(LOOK_AGAIN_MS, signal);
    const keys = [...wrong.keys()];
    const again = await readBoth(pools, keys);
    const stillLive = keysThatLive(again);
    wrong = mismatches(again, stillLive);
    // Logged out or expired meanwhile: there is nothing to compare any more.
    for (const key of keys) if (!stillLive.has(key)) live.delete(key);
  }
  const count = (reason: Mismatch): number => [...wrong.values()].filter((each) => each === reason).length;
  return {
    compared: live.size,
    matching: live.size - wrong.size,
    lookedAtAgain,
    onlyInMain: count('onlyInMain'),
    onlyInSessions: count('onlyInSessions'),
    dataDiffers: count('dataDiffers'),
    expiryDiffers: count('expiryDiffers'),
    userDiffers: count('userDiffers'),
  };
}

/** Every row, or those of some keys. A row about to expire counts as expired: it may be so in one of two reads. */
const READ = `select session_key as key, data, extract(epoch from expires_at)::float8 * 1000 as "expiresAt", user_id as "userId",
  data is not null and expires_at > clock_timestamp() + interval '300 ms' as "isLive"
  from session where $1::text[] is null or session_key = any($1)`;

async function readBoth(pools: { main: Pool; sessions: Pool }, keys: readonly string[] | null): Promise<Sides> {
  const read = async (pool: Pool): Promise<Map<string, Row>> => {
    const { rows } = await pool.query<Row>(READ, [keys]);
    return new Map(rows.map((row) => [row.key, row]));
  };
  const [main, sessions] = await Promise.all([read(pools.main), read(pools.sessions)]);
  return { main, sessions };
}

const keysThatLive = ({ main, sessions }: Sides): Set<string> =>
  new Set([...main.values(), ...sessions.values()].filter(({ isLive }) => isLive).map(({ key }) => key));

function mismatches({ main, sessions }: Sides, keys: ReadonlySet<string>): Map<string, Mismatch> {
  const found = [...keys].map((key) => [key, mismatchOf(main.get(key), sessions.get(key))] as const);
  return new Map(found.filter((each): each is readonly [string, Mismatch] => each[1] !== undefined));
}

function mismatchOf(main: Row | undefined, sessions: Row | undefined): Mismatch | undefined {
  if (!isThere(sessions)) return 'onlyInMain';
  if (!isThere(main)) return 'onlyInSessions';
  if (main.data !== sessions.data) return 'dataDiffers';
  if (main.expiresAt !== sessions.expiresAt) return 'expiryDiffers';
  return main.userId === sessions.userId ? undefined : 'userDiffers';
}

const isThere = (row: Row | undefined): row is Row => row !== undefined && row.data !== null;
