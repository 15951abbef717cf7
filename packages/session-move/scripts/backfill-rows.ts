/**
 * Backfills a million sessions of 1 KB, and prints how fast and with how much memory, beside PostgreSQL's own COPY between
 * the same servers; then what saves feel of it while it goes on, throttled and not. On servers of its own, or those of
 * `MAIN_DATABASE_URL` and `SESSIONS_DATABASE_URL`.
 *
 *     npm run backfill-rows -w @switchyard/session-move -- 1000000
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProjectFolder } from '@switchyard/databases';
import { startTestServers } from '@switchyard/databases/testing';
import { bucketOfStored } from '@switchyard/session-backends';
import { createMoveController } from '../src/move-controller.ts';
import { quantile } from '../src/worker/quantile.ts';
import { nthKey } from '../test/support/filled-sides.ts';
import { openTwoSides, type TwoSides } from '../test/support/two-sides.ts';
import { pipedCopy } from './piped-copy.ts';

const rows = Number(process.argv[2] ?? 1_000_000);
const LIVE_SECONDS = 20;
/** Until the other process has started, and has seen what is usual. */
const WARM_UP_MS = 4_000;
const ROUNDS = 2;
const CLIENTS = 16;
const THINK_MS = 40;
const EXPIRES_AT = new Date('2100-01-01T00:00:00Z');

const FILL = `insert into session (session_key, data, expires_at, version, user_id)
  select encode(sha256(convert_to('k' || n, 'UTF8')), 'hex'), '{"basket":"' || repeat(md5(n::text), 31) || '"}',
    timestamptz '2100-01-01', (1::bigint << 40) + n, case when n % 3 = 0 then 'user ' || n end
  from generate_series($1::int, $2::int) n`;

interface Outcome {
  readonly rows: number;
  readonly tookMs: number;
  readonly rssAtStart: number;
  readonly rss: number;
  readonly speed: number;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const rate = (count: number, tookMs: number): string =>
  `${Math.round((count / tookMs) * 1_000).toLocaleString('en')} rows/s`;

/** In a process of its own, whose memory is the backfill's alone. */
async function backfill(
  { databases: { urls } }: TwoSides,
  throttle: 'auto' | 'off',
  seconds = 3_600,
): Promise<Outcome> {
  const script = path.join(import.meta.dirname, 'backfill-once.ts');
  const args = [...process.execArgv, script, urls.main, urls.sessions, throttle, String(seconds)];
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Outcome;
}

async function emptyNew({ new: { database } }: TwoSides): Promise<void> {
  await database.transaction(async (query) => {
    await query(`set local switchyard.may_delete = 'yes'`);
    await query('truncate session, session_move_cursor');
  });
}

/** Saves of random sessions, a few hundred a second, for as long as `meanwhile` takes; prints their latency. */
async function saveMeanwhile(what: string, sides: TwoSides, meanwhile: () => Promise<unknown>): Promise<number> {
  const tookMs: number[] = [];
  const countFrom = performance.now() + WARM_UP_MS;
  let isOver = false;
  const save = async (): Promise<void> => {
    while (!isOver) {
      await sleep(Math.random() * 2 * THINK_MS);
      const key = nthKey(1 + Math.floor(Math.random() * rows));
      const startedAt = performance.now();
      await sides.old.site.write([
        {
          kind: 'update',
          key,
          bucket: bucketOfStored(key),
          believedEpoch: 1,
          adoptedEpoch: null,
          expectedVersion: undefined,
          step: 1,
          data: '{"basket":{}}',
          expiresAt: EXPIRES_AT,
          userId: null,
        },
      ]);
      if (startedAt > countFrom) tookMs.push(performance.now() - startedAt);
    }
  };
  const clients = Array.from({ length: CLIENTS }, save);
  await meanwhile();
  isOver = true;
  await Promise.all(clients);
  const [p50, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
  console.log(`saves ${what}: ${tookMs.length}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  return p99;
}

async function run(sides: TwoSides): Promise<void> {
  const { main, sessions } = sides.databases.urls;
  for (let from = 1; from <= rows; from += 50_000)
    await sides.old.database.query(FILL, [from, Math.min(rows, from + 49_999)]);
  await sides.old.database.query('analyze session');
  const copyMs = await pipedCopy(main, sessions);
  console.log(`COPY: ${(copyMs / 1_000).toFixed(1)} s, ${rate(rows, copyMs)}`);
  await emptyNew(sides);

  await createMoveController(sides).start();
  const fast = await backfill(sides, 'off');
  console.log(
    `backfill: ${(fast.tookMs / 1_000).toFixed(1)} s, ${rate(fast.rows, fast.tookMs)} (${(copyMs / fast.tookMs).toFixed(2)} of COPY), ` +
      `${megabytes(fast.rss)} of memory at most, ${megabytes(fast.rssAtStart)} of them before it began`,
  );

  for (let round = 1; round <= ROUNDS; round++) {
    const alone = await saveMeanwhile('alone', sides, () => sleep(LIVE_SECONDS * 1_000));
    for (const throttle of ['auto', 'off'] as const) {
      await emptyNew(sides);
      let outcome: Outcome | undefined;
      const p99 = await saveMeanwhile(`beside a backfill, throttle ${throttle}`, sides, async () => {
        outcome = await backfill(sides, throttle, LIVE_SECONDS);
      });
      const { rows: copied, tookMs, speed } = outcome as unknown as Outcome;
      console.log(
        `  which copied ${rate(copied, tookMs)}, at ${Math.round(speed * 100)} % of its speed in the end; p99 × ${(p99 / alone).toFixed(2)}`,
      );
    }
  }
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
