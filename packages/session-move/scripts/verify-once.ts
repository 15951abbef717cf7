/** Compares two databases and prints, as JSON, the report, how long it took and how much memory this process had. */
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import pg from 'pg';
import { pgMoveDatabase } from '../src/move-database.ts';
import type { MoveSide } from '../src/move-side.ts';
import { verifyMove } from '../src/verify/verify-move.ts';

async function main(oldUrl: string, newUrl: string, sample?: number): Promise<void> {
  const pools = { old: new pg.Pool({ connectionString: oldUrl }), new: new pg.Pool({ connectionString: newUrl }) };
  const side = (name: SiteName): MoveSide => ({
    database: pgMoveDatabase(pools[name]),
    site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
  });
  const startedAt = performance.now();
  const rssAtStart = process.memoryUsage().rss;
  let rss = 0;
  const watch = setInterval(() => (rss = Math.max(rss, process.memoryUsage().rss)), 20);
  const report = await verifyMove({ old: side('old'), new: side('new') }, sample === undefined ? {} : { sample });
  clearInterval(watch);
  console.log(JSON.stringify({ report, tookMs: performance.now() - startedAt, rssAtStart, rss }));
  await Promise.all([pools.old.end(), pools.new.end()]);
}

const [oldUrl, newUrl, sample] = process.argv.slice(2);
await main(oldUrl as string, newUrl as string, sample === undefined ? undefined : Number(sample));
