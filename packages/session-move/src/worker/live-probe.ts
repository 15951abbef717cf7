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

/** How long a small write takes at the slower one of the databases that serve; `undefined` when neither does. */
export async function probeLive(sides: readonly Pick<MoveSide, 'database'>[]): Promise<number | undefined> {
  const times = await Promise.all(
    sides.map(async ({ database }) => {
      const startedAt = performance.now();
      const [row] = await database.query(PROBE);
      return row?.['live'] === true ? performance.now() - startedAt : 0;
    }),
  );
  const slowest = Math.max(...times);
  return slowest > 0 ? slowest : undefined;
}
