/**
 * Compares a million sessions while they are written, with twenty differences of every sort among them, and prints how
 * long that takes, how much memory, and how long PostgreSQL's own COPY takes between the same servers. On servers of its
 * own, or those of `MAIN_DATABASE_URL` and `SESSIONS_DATABASE_URL`.
 *
 *     npm run verify-rows -w @switchyard/session-move -- 1000000
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProjectFolder } from '@switchyard/databases';
import { startTestServers } from '@switchyard/databases/testing';
import type { VerifyReport } from '../src/verify/verify-report.ts';
import { startFilled } from '../test/support/filled-sides.ts';
import { startTraffic } from '../test/support/live-traffic.ts';
import { PLANTS, plantDifferences, untouchedFrom } from '../test/support/planted.ts';
import { openTwoSides, type TwoSides } from '../test/support/two-sides.ts';
import { pipedCopy } from './piped-copy.ts';

const EACH = 20;
const rows = Number(process.argv[2] ?? 1_000_000);

const print = (what: string, count: number, tookMs: number, more = ''): void => {
  const perSecond = Math.round((count / tookMs) * 1000).toLocaleString('en');
  console.log(`${what}: ${(tookMs / 1000).toFixed(1)} s, ${perSecond} rows/s${more}`);
};

/** In a process of its own, whose memory is the comparison's alone. */
async function verify(what: string, { databases }: TwoSides, sample?: number): Promise<VerifyReport> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    path.join(import.meta.dirname, 'verify-once.ts'),
    databases.urls.main,
    databases.urls.sessions,
    ...(sample === undefined ? [] : [String(sample)]),
  ]);
  const { report, tookMs, rssAtStart, rss } = JSON.parse(stdout) as {
    report: VerifyReport;
    tookMs: number;
    rssAtStart: number;
    rss: number;
  };
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
  print(what, report.rows.old, tookMs, `, ${megabytes(rss)} at most, ${megabytes(rssAtStart)} of them before it began`);
  return report;
}

async function run(sides: TwoSides): Promise<void> {
  const startedAt = performance.now();
  await startFilled(sides, rows);
  print('filling both sides', rows, performance.now() - startedAt);
  await verify('compared at rest', sides);
  const planted = await plantDifferences({ authority: sides.old, mirror: sides.new, store: sides.openStore() }, EACH);
  const traffic = startTraffic({ ...sides, store: sides.openStore(), rows: [untouchedFrom(EACH), rows] });
  const report = await verify('compared under live writes', sides);
  const { counts } = traffic;
  console.log(`  ${counts.written} saves and ${counts.carried} copies meanwhile; lag ${JSON.stringify(report.lag)}`);
  const sampled = await verify('a sample of 5 %', sides, 0.05);
  await traffic.stop();
  const { found, expiredOnly } = report;
  console.log(`  ${PLANTS.length} sorts of differences, ${EACH} of each: ${JSON.stringify({ ...found, expiredOnly })}`);
  console.log(`  of which in the sample of ${sampled.rows.old} rows: ${JSON.stringify(sampled.found)}`);
  const kinds = [...planted.values()];
  for (const [kind, count] of Object.entries({ ...found, 'expired-only': expiredOnly }))
    if (kinds.filter((one) => one === kind).length !== count) {
      console.log(`  NOT as planted: ${kind}`);
      process.exitCode = 1;
    }
  print('COPY', rows, await pipedCopy(sides.databases.urls.main, sides.databases.urls.sessions));
}

async function main(): Promise<void> {
  const servers = await startTestServers(findProjectFolder());
  try {
    Object.assign(process.env, servers.environment);
    const sides = await openTwoSides();
    try {
      await run(sides);
    } finally {
      await sides.databases.close();
    }
  } finally {
    await servers.stop();
  }
}

await main();
