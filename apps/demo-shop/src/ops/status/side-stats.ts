import type { MoveDatabase } from '@switchyard/session-move';

/** What is in the session table of one database, and how it is kept. */
export interface SideStats {
  /** Counted while the table is small; else by PostgreSQL's own statistics. */
  readonly isCounted: boolean;
  readonly live: number;
  readonly expired: number;
  /** Of what was destroyed, until it expires; `undefined` where it is not counted. */
  readonly tombstones: number | undefined;
  /** Table, indexes and toast. */
  readonly bytes: number;
  /** Of the table itself, in versions of rows that nobody sees any more. */
  readonly deadBytes: number;
  /** The share of the updates that changed no index, 0 to 1; `undefined`: there were none. */
  readonly hotShare: number | undefined;
}

const SHAPE = `select c.oid is not null as there,
    greatest(coalesce(s.n_live_tup, 0), 0)::float8 as live, coalesce(s.n_dead_tup, 0)::float8 as dead,
    coalesce(s.n_tup_upd, 0)::float8 as updates, coalesce(s.n_tup_hot_upd, 0)::float8 as hot,
    coalesce(pg_relation_size(c.oid), 0)::float8 as heap, coalesce(pg_total_relation_size(c.oid), 0)::float8 as bytes
  from (select to_regclass('session')::oid as oid) c left join pg_stat_user_tables s on s.relid = c.oid`;

const COUNT = `select count(*) filter (where expires_at > now() and data is not null)::float8 as live,
    count(*) filter (where expires_at <= now())::float8 as expired,
    count(*) filter (where expires_at > now() and data is null)::float8 as tombstones
  from session`;

/** By the index on the hour; as many as may be looked at. */
const EXPIRED = `select count(*)::float8 as expired from (
  select from session where expires_hour < date_trunc('hour', now() at time zone 'UTC') limit 10000) e`;

/** Read in a few milliseconds. */
const SMALL_BYTES = 32 * 2 ** 20;

export async function readSideStats(database: MoveDatabase): Promise<SideStats> {
  const [shape] = await database.query(SHAPE);
  const number = (name: string): number => Number(shape?.[name] ?? 0);
  const rows = number('live') + number('dead');
  const kept = {
    bytes: number('bytes'),
    deadBytes: rows === 0 ? 0 : Math.round((number('heap') * number('dead')) / rows),
    hotShare: number('updates') === 0 ? undefined : number('hot') / number('updates'),
  };
  if (shape?.['there'] !== true) return { isCounted: true, live: 0, expired: 0, tombstones: 0, ...kept };
  if (number('heap') <= SMALL_BYTES) {
    const [counted] = await database.query(COUNT);
    const count = (name: string): number => Number(counted?.[name]);
    return {
      isCounted: true,
      live: count('live'),
      expired: count('expired'),
      tombstones: count('tombstones'),
      ...kept,
    };
  }
  const [row] = await database.query(EXPIRED);
  const expired = Number(row?.['expired']);
  return { isCounted: false, live: Math.max(0, number('live') - expired), expired, tombstones: undefined, ...kept };
}
