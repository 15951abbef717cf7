/**
 * Backfills a move that has been started, for so many seconds at most, and prints, as JSON, how far it came, how long it
 * took and how much memory this process had.
 */
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import pg from 'pg';
import { pgMoveDatabase } from '../src/move-database.ts';
import type { MoveSide } from '../src/move-side.ts';
import { backfill } from '../src/worker/backfill.ts';

async function main(oldUrl: string, newUrl: string, throttle: 'auto' | 'off', seconds: number): Promise<void> {
  const pools = { old: new pg.Pool({ connectionString: oldUrl }), new: new pg.Pool({ connectionString: newUrl }) };
  const side = (name: SiteName): MoveSide => ({
    database: pgMoveDatabase(pools[name]),
    site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
  });
  const startedAt = performance.now();
  const rssAtStart = process.memoryUsage.rss();
  let rss = 0;
  const watch = setInterval(() => (rss = Math.max(rss, process.memoryUsage.rss())), 50);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1_000);
  let speed = 0;
  const { rows } = await backfill(
    { old: side('old'), new: side('new') },
    {
      throttle,
      signal: stop.signal,
      onProgress: (_, state) => {
        speed = state.speed;
      },
    },
  );
  clearTimeout(timer);
  clearInterval(watch);
  console.log(JSON.stringify({ rows, tookMs: performance.now() - startedAt, rssAtStart, rss, speed }));
  await Promise.all([pools.old.end(), pools.new.end()]);
}

const [oldUrl, newUrl, throttle, seconds] = process.argv.slice(2);
await main(oldUrl as string, newUrl as string, throttle as 'auto' | 'off', Number(seconds));
