import type { MoveSide } from '../move-side.ts';

/**
 * What a save does, in small: looks at the fences, finds a row by its key, writes it and commits. Says nothing where no
 * bucket is served and none may be asked for.
 */
const PROBE = `with live as (select exists (select from session_fence where state in ('auth', 'gone')) as live),
  w as (insert into session_lease (name, holder, token, expires_at)
    select 'latency-probe', '', 0, clock_timestamp() from live where live.live
    on conflict (name) do update set expires_at = excluded.expires_at)
  select live from live`;

/** A part of its time in which the process was busy with itself, and could not have seen the answer. */
const MOST_BUSY = 0.2;

/**
 * How long a small write takes at the slower one of the databases that serve; `undefined` when neither does, or when this
 * process was too busy to tell.
 */
export async function probeLive(sides: readonly Pick<MoveSide, 'database'>[]): Promise<number | undefined> {
  const times = await Promise.all(sides.map(probe));
  const slowest = Math.max(0, ...times.filter((time) => time !== undefined));
  return slowest > 0 && !times.includes(undefined) ? slowest : undefined;
}

/** 0: nobody lives there. */
async function probe({ database }: Pick<MoveSide, 'database'>): Promise<number | undefined> {
  const before = performance.eventLoopUtilization();
  const startedAt = performance.now();
  const [row] = await database.query(PROBE);
  const tookMs = performance.now() - startedAt;
  if (row?.['live'] !== true) return 0;
  return performance.eventLoopUtilization(before).active > MOST_BUSY * tookMs ? undefined : tookMs;
}
