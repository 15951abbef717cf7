import type { MoveDatabase } from '../move-database.ts';
import type { FencedTable } from '@switchyard/session-backends/foreign';

/**
 * How the expiry of connect-pg-simple's rows reads in a time zone. The session itself tells when it was to expire when it
 * was last written; a touch since then has moved the column, by whatever time had passed.
 */
export interface TimeZoneSample {
  readonly timeZone: string;
  /** Rows that tell their own expiry. */
  readonly rows: number;
  /** Rows in which both are the same time. */
  readonly agree: number;
  /** By how many minutes the column is off in most of those rows that it is off in by a whole offset of time zones. */
  readonly shiftedBy: number | undefined;
  readonly shifted: number;
  /** One row: as it stands there, as it is read, and as the session says. */
  readonly example: { readonly column: string; readonly read: Date; readonly session: Date } | undefined;
}

const ROWS = 1_000;
const QUARTER_MS = 900_000;
const WIDEST_MS = 27 * 3_600_000;

const READ = ({ table, data, expires }: FencedTable): string => `select s.${expires}::text as shown,
    s.${expires} at time zone $1 as read, s.${data}::text as session
  from ${table} s limit ${ROWS}`;

export async function sampleTimeZone(
  database: Pick<MoveDatabase, 'query'>,
  table: FencedTable,
  timeZone: string,
): Promise<TimeZoneSample> {
  const rows = (await database.query(READ(table), [timeZone])).flatMap((row) => {
    const session = ownExpiry(String(row['session']));
    // A time that never comes is no Date.
    return Number.isNaN(session.getTime()) || !(row['read'] instanceof Date)
      ? []
      : [{ column: String(row['shown']), read: row['read'], session }];
  });
  // The library rounds up to whole seconds.
  const offBy = rows.map(({ read, session }) => read.getTime() - Math.ceil(session.getTime() / 1_000) * 1_000);
  const shifts = new Map<number, number>();
  for (const ms of offBy) {
    const quarters = Math.round(ms / QUARTER_MS);
    if (quarters !== 0 && Math.abs(ms) <= WIDEST_MS && Math.abs(ms - quarters * QUARTER_MS) < 1_000)
      shifts.set(quarters * 15, (shifts.get(quarters * 15) ?? 0) + 1);
  }
  const [most] = [...shifts].sort(([, a], [, b]) => b - a);
  return {
    timeZone,
    rows: rows.length,
    agree: offBy.filter((ms) => Math.abs(ms) < 1_000).length,
    shiftedBy: most?.[0],
    shifted: most?.[1] ?? 0,
    example: rows[0],
  };
}

/** Read here: the server refuses to look into JSON that has a zero byte or half of a surrogate pair anywhere. */
function ownExpiry(session: string): Date {
  try {
    const { cookie } = JSON.parse(session) as { readonly cookie?: { readonly expires?: unknown } };
    return new Date(String(cookie?.expires));
  } catch {
    return new Date(Number.NaN);
  }
}

/** Of rows that were touched at any moment, one in three hundred is off by a quarter of an hour by chance. */
const BY_CHANCE = 0.02;

export const isZoneWrong = ({ rows, agree, shifted }: TimeZoneSample): boolean =>
  shifted > rows * BY_CHANCE && (agree === 0 || shifted >= 3);
