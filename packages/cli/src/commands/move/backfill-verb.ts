import { setTimeout as sleep } from 'node:timers/promises';
import { ALL_BUCKETS, backfill, coveredBuckets, MoveError, waitOutAge } from '@switchyard/session-move';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson, tell } from '../../output.ts';
import { progressLine } from '../../progress-line.ts';
import { tellPlan } from './change-verb.ts';
import { openMove, type OpenMove } from './open-move.ts';
import { printRefusal } from './print-plan.ts';

export interface BackfillOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly rate?: number;
  readonly throttle: boolean;
  readonly wait?: boolean;
}

interface Filled {
  readonly covered: number;
  readonly rows?: number;
}

export async function backfillVerb(project: string, options: BackfillOptions): Promise<number> {
  const { dryRun, json, wait = false } = options;
  const move = await openMove(project);
  try {
    return await interruptible(async (signal) => {
      const operator = move.operator({ signal });
      if (dryRun === true) return await tellPlan(operator, 'backfill', 100, options);
      const outcome = await operator.run('backfill', { wait }, () =>
        wait ? waitFor(move, signal) : copy(move, options, signal),
      );
      if (json === true) printJson(outcome);
      else if (!outcome.done) printRefusal(outcome.plan);
      else print(sentence(outcome));
      if (!outcome.done) return EXIT.refused;
      return outcome.covered === ALL_BUCKETS.length ? EXIT.done : EXIT.findings;
    });
  } finally {
    await move.close();
  }
}

async function copy({ sides, keyEncoding }: OpenMove, options: BackfillOptions, signal: AbortSignal): Promise<Filled> {
  const progress = progressLine('copied');
  const { covered, rows } = await backfill(sides, {
    keyEncoding,
    throttle: options.throttle ? 'auto' : 'off',
    signal,
    onProgress: progress.show,
    ...(options.rate !== undefined && { maxRowsPerSecond: options.rate }),
  }).finally(progress.end);
  return { covered, rows };
}

/** Between two looks; what is waited for takes as long as a session lives. */
const LOOK_EVERY_MS = 10_000;

/** Looks until every session has been written since the start, or has expired; the drain is the worker's. */
async function waitFor({ sides, keyEncoding }: OpenMove, signal: AbortSignal): Promise<Filled> {
  if (keyEncoding === 'plain')
    throw new MoveError(
      'NOT_NOW',
      'With keys in clear, each look would read the whole table for every bucket: give the command without --wait.',
    );
  for (let left = ALL_BUCKETS, told = ''; ;) {
    const moveId = await claimedBy(sides.new.database);
    const covered = await coveredBuckets(sides.new.database, moveId);
    left = ALL_BUCKETS.filter((bucket) => !covered.has(bucket));
    let sessions = 0;
    let until: Date | undefined;
    for (const bucket of left) {
      if (signal.aborted) break;
      const waiting = await waitOutAge(sides.old, sides.new, bucket, moveId);
      sessions += waiting.sessions;
      if (waiting.until !== undefined && (until === undefined || until < waiting.until)) until = waiting.until;
    }
    if (sessions === 0 || signal.aborted) return { covered: (await coveredBuckets(sides.new.database, moveId)).size };
    const text = `${sessions} sessions have not been written since the start; the last of them expires at ${until?.toISOString() ?? '?'}`;
    if (text !== told) tell(text);
    told = text;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function claimedBy(database: OpenMove['sides']['new']['database']): Promise<string> {
  const [row] = await database.query('select move_id from session_fence where bucket = 0');
  const moveId = row?.['move_id'];
  if (typeof moveId !== 'string') throw new MoveError('NOT_NOW', 'No move has been started: switchyard move start.');
  return moveId;
}

const sentence = ({ covered, rows }: Filled): string => {
  const copied = rows === undefined ? '' : `${rows} rows copied, `;
  if (covered === ALL_BUCKETS.length) return `${copied}all buckets are covered. Next: switchyard move verify`;
  return `${copied}${covered} of 256 buckets are covered so far: give the command again to go on`;
};
