import { createMoveController, type MoveDatabase } from '@switchyard/session-move';
import { BASKET_BYTES } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import { ownProcess } from '../contenders/own-process.ts';
import { openSides, type SideUrls } from '../moving/sides.ts';
import { backfillOnce, copyOnce, verifyOnce } from './once.ts';
import { fillRows } from './fill.ts';

export interface RowsRound {
  readonly copyPerSecond: number;
  readonly backfillPerSecond: number;
  /** Memory of its process in bytes, at most and before it began. */
  readonly backfillRss: number;
  readonly backfillRssAtStart: number;
  readonly verifyPerSecond: number;
  readonly verifyRss: number;
  readonly verifyRssAtStart: number;
}

export interface LiveRound {
  readonly aloneP99Ms: number;
  readonly besideP99Ms: number;
  /** That the throttled backfill copied meanwhile. */
  readonly backfillPerSecond: number;
}

export interface RowsSettings {
  readonly urls: SideUrls;
  readonly rows: number;
  readonly rounds: number;
  /** Of one measurement of the saves. */
  readonly liveSeconds: number;
  readonly connections: number;
  readonly say: (line: string) => void;
}

/** A few hundred saves a second, as of a shop that is not at its limit. */
const LIVE = { callers: 16, thinkMs: 40, sessions: 1_000 } as const;
/** Until the backfill's process has started. */
const START_MS = 2_000;
const ENOUGH_SECONDS = 3_600;

const perSecond = (rows: number, tookMs: number): number => (rows / tookMs) * 1_000;

/** COPY, backfill and verify of the same rows between the same servers, in turn; then saves beside a backfill. */
export async function measureRows(settings: RowsSettings): Promise<{ rows: RowsRound[]; live: LiveRound[] }> {
  const { urls, rows, rounds, connections, say } = settings;
  const sides = openSides(urls);
  try {
    say(`filling the old database with ${rows} sessions`);
    await fillRows(sides.old.database, rows, BASKET_BYTES);
    await createMoveController(sides).start();
    const results: RowsRound[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`COPY, backfill and verify: round ${round} of ${rounds}`);
      results.push(await oneRound(settings, sides.new.database));
    }
    const place = { postgresUrl: urls.old, secondPostgresUrl: urls.new, redisPrefix: '', connections, isFilled: true };
    const shop = await ownProcess({
      subject: 'switchyard-moving',
      place,
      sessions: LIVE.sessions,
      stride: Math.max(1, Math.floor(rows / LIVE.sessions)),
      bytes: BASKET_BYTES,
    });
    const live: LiveRound[] = [];
    for (let round = 1; round <= rounds; round++) {
      say(`saves beside a backfill: round ${round} of ${rounds}`);
      const save = (): ReturnType<typeof shop.measure> =>
        shop.measure({
          operation: 'save',
          callers: LIVE.callers,
          thinkMs: LIVE.thinkMs,
          seconds: settings.liveSeconds,
        });
      const alone = await save();
      await empty(sides.new.database);
      const backfilling = backfillOnce(urls, 'auto', settings.liveSeconds + START_MS / 1_000);
      await new Promise((resolve) => setTimeout(resolve, START_MS));
      const beside = await save();
      const { rows: copied, tookMs } = await backfilling;
      live.push({ aloneP99Ms: alone.p99Ms, besideP99Ms: beside.p99Ms, backfillPerSecond: perSecond(copied, tookMs) });
    }
    await shop.close();
    return { rows: results, live };
  } finally {
    await sides.close();
  }
}

async function oneRound({ urls, rows }: RowsSettings, to: MoveDatabase): Promise<RowsRound> {
  const copy = await copyOnce(urls);
  await empty(to);
  const backfill = await backfillOnce(urls, 'off', ENOUGH_SECONDS);
  const verify = await verifyOnce(urls);
  if (
    backfill.rows !== rows ||
    verify.report.rows.old !== rows ||
    Object.values(verify.report.found).some((n) => n > 0)
  )
    throw new BenchError('SUBJECT_FAILED', `the backfill copied ${backfill.rows} rows of ${rows}, or others`);
  return {
    copyPerSecond: perSecond(rows, copy.tookMs),
    backfillPerSecond: perSecond(rows, backfill.tookMs),
    backfillRss: backfill.rss,
    backfillRssAtStart: backfill.rssAtStart,
    verifyPerSecond: perSecond(rows, verify.tookMs),
    verifyRss: verify.rss,
    verifyRssAtStart: verify.rssAtStart,
  };
}

async function empty(database: MoveDatabase): Promise<void> {
  await database.transaction(async (query) => {
    await query(`set local switchyard.may_delete = 'yes'`);
    await query('truncate session, session_move_cursor');
  });
}
