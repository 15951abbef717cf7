import { randomUUID } from 'node:crypto';
import { BUCKETS, type SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase, type BucketPhase } from './bucket-phase.ts';
import { changeFences, type FenceChange, type FlipOptions } from './fence-table.ts';
import type { MoveDatabase } from './move-database.ts';
import type { FenceStepName } from './model/fence-steps.ts';
import { MoveError } from './move-error.ts';
import type { MoveSide } from './move-side.ts';
import { readMoveViews, type BucketViews } from './move-views.ts';
import { traced } from './traced.ts';
import {
  ALL_BUCKETS,
  at,
  captureForClaim,
  claim,
  nextBatch,
  plannedSteps,
  settle,
  switchTo,
  type PlannedStep,
  type Wanted,
} from './verb-steps.ts';

export { ALL_BUCKETS };

export interface MoveControllerOptions extends FlipOptions {
  readonly old: MoveSide;
  readonly new: MoveSide;
  /** After each step, with the number of buckets that it was made for. */
  readonly onStep?: (step: FenceStepName, buckets: number) => void;
}

export interface MoveController {
  /** The phase of each of the 256 buckets. */
  phases(): Promise<BucketPhase[]>;
  /** Claims the new side for a move and lets the old one record what changes. Resolves to the move's id. */
  start(): Promise<string>;
  /** Makes `to` the authority of the buckets; forward and back are the same. Finishes what somebody else has begun. */
  switch(to: SiteName, buckets?: readonly number[]): Promise<void>;
  /** Ends the merge of every bucket whose other side has nothing left that this one lacks. Resolves to those still in merge. */
  settle(buckets?: readonly number[]): Promise<number[]>;
  /** Takes the move back before its first switch: the new side is emptied and let go. */
  cancel(): Promise<void>;
  /** After everything has moved and settled: nothing is carried back any more, and the old side is emptied. */
  complete(): Promise<void>;
}

/** Rounds of reading and changing before somebody else must be assumed to work against us. */
const ROUNDS = 50;

interface AdvanceOptions {
  /** What a step that begins a move calls it. */
  readonly freshMoveId?: string | null;
  /** What a step that needs an empty side does about it, in its transaction. Default: it takes all rows away. */
  readonly alongside?: (query: MoveDatabase['query']) => Promise<void>;
}

/**
 * Moves the authority over buckets from one database to the other. Every step is one transaction at one side, made only
 * if its fence still is as it was read; what there is to do is read off the two fences each time. So a controller may be
 * killed between any two steps, run again, or run twice at once.
 */
export function createMoveController({ old, new: fresh, onStep, ...flip }: MoveControllerOptions): MoveController {
  const sides = { old, new: fresh };

  const readLegal = async (): Promise<BucketViews[]> => {
    const views = await readMoveViews(sides);
    const illegal = views.flatMap((view, bucket) =>
      bucketPhase(view.old.fence, view.new.fence) === 'illegal' ? [bucket] : [],
    );
    if (illegal.length > 0) throw illegalFences(views, illegal);
    return views;
  };

  /** The move that has claimed the new side. */
  const readClaim = async (): Promise<string | undefined> =>
    (await readLegal()).flatMap((view) => view.new.fence.moveId ?? []).at(0);

  /** Makes all steps that are wanted, until there is none. */
  const advance = async (
    buckets: readonly number[],
    wanted: Wanted,
    { freshMoveId = null, alongside }: AdvanceOptions = {},
  ): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const views = await readLegal();
      const batch = nextBatch(plannedSteps(buckets, views, wanted, freshMoveId));
      const [first] = batch;
      if (first === undefined) return;
      // The tables are those of all buckets: they are emptied when every one of them says so, or not at all.
      if (first.step.empties && batch.length < BUCKETS)
        throw new MoveError(
          'NOT_NOW',
          `${BUCKETS - batch.length} buckets are not ready for this: drain and settle them first.`,
        );
      const { name: side } = first.own;
      const { database, rows } = sides[side];
      const inTransaction = first.step.empties ? (alongside ?? rows?.empty ?? emptyTables) : undefined;
      const attributes = { 'switchyard.step': first.step.name, 'switchyard.database': side };
      const changed = await traced('move.step', attributes, () =>
        changeFences(database, batch.map(toChange), flip, inTransaction),
      );
      onStep?.(first.step.name, changed.size);
    }
    throw new MoveError(
      'NOT_NOW',
      'The fences keep changing under this command. Is somebody else moving the same sessions? Look at the status and try again.',
    );
  };

  const phases = async (): Promise<BucketPhase[]> =>
    (await readMoveViews(sides)).map((view) => bucketPhase(view.old.fence, view.new.fence));

  const require = async (allowed: readonly BucketPhase[], message: string): Promise<void> => {
    const found = [...new Set(await phases())].filter((phase) => !allowed.includes(phase));
    if (found.length > 0) throw new MoveError('NOT_NOW', `${message} Some buckets are: ${found.join(', ')}.`);
  };

  return {
    phases,

    start: async () => {
      await require(['off', 'mirroring'], 'A move can be started only before the first switch.');
      const freshMoveId = (await readClaim()) ?? randomUUID();
      await advance(ALL_BUCKETS, claim(null), { freshMoveId, alongside: refuseSessions });
      await advance(ALL_BUCKETS, captureForClaim);
      return (await readClaim()) ?? freshMoveId;
    },

    switch: async (to, buckets = ALL_BUCKETS) => {
      await advance(buckets, switchTo(to));
      const views = await readLegal();
      const elsewhere = buckets.filter((bucket) => (views[bucket] as BucketViews)[to].fence.state !== 'auth');
      if (elsewhere.length > 0)
        throw new MoveError(
          'NOT_NOW',
          `${elsewhere.length} buckets cannot be switched to the ${to} side: no move has been started, or it is complete.`,
        );
    },

    settle: async (buckets = ALL_BUCKETS) => {
      await advance(buckets, settle);
      const views = await readMoveViews(sides);
      return buckets.filter((bucket) => {
        const view = views[bucket] as BucketViews;
        return view.old.fence.merge || view.new.fence.merge;
      });
    },

    cancel: async () => {
      await require([
        'off',
        'mirroring',
        'switching',
      ], 'A move can be cancelled only before its first switch: roll back instead.');
      await advance(ALL_BUCKETS, at('new', 'disarm'));
      await require(['off', 'mirroring'], 'A switch has passed its commit point: roll back instead.');
      await advance(ALL_BUCKETS, at('old', 'stop-capture'));
      // A new id, so that no copy of the cancelled move is let in any more; it is the next move's.
      const [view] = await readLegal();
      const cancelled = view?.new.fence.moveId;
      if (typeof cancelled === 'string') await advance(ALL_BUCKETS, claim(cancelled), { freshMoveId: randomUUID() });
      await require(['off'], 'Somebody else went on with the move while it was being cancelled.');
    },

    complete: async () => {
      await require([
        'moved',
        'complete',
      ], 'A move is complete only when all buckets have moved and their merge has ended.');
      await advance(ALL_BUCKETS, at('old', 'settle'));
      await advance(ALL_BUCKETS, at('new', 'stop-capture'));
      await advance(ALL_BUCKETS, at('old', 'wipe'));
      await require(['complete'], 'Somebody else took the move back while it was being completed.');
      await fresh.database.transaction(forgetCarrying);
    },
  };
}

const toChange = ({ bucket, own, step }: PlannedStep): FenceChange => ({
  bucket,
  expected: own.fence,
  next: step.fence,
});

/** Under the lock of the fence change no store can write here: what is empty now stays so. */
async function refuseSessions(query: MoveDatabase['query']): Promise<void> {
  if ((await query('select 1 from session limit 1')).length > 0)
    throw new MoveError(
      'NEW_NOT_EMPTY',
      'The new database has sessions of its own. Empty its table "session" first, if nobody needs them.',
    );
}

/** In the transaction of the fence change: what the side held belongs to no move any more. */
async function emptyTables(query: MoveDatabase['query']): Promise<void> {
  await query(`set local switchyard.may_delete = 'yes'`);
  await query('truncate session, session_outbox, session_move_cursor');
}

/** With capture off for good: what is still listed would be carried to a side that takes nothing any more. */
async function forgetCarrying(query: MoveDatabase['query']): Promise<void> {
  await query(`delete from session_outbox o using session_fence f where f.bucket = o.bucket and not f.capture`);
  await query('delete from session_move_cursor where not exists (select from session_fence where capture)');
}

function illegalFences(views: readonly BucketViews[], buckets: readonly number[]): MoveError {
  const [bucket] = buckets as [number];
  const { old, new: fresh } = views[bucket] as BucketViews;
  return new MoveError(
    'ILLEGAL_FENCES',
    `${buckets.length} buckets have fences that contradict each other, bucket ${bucket} first: the old side says "${old.fence.state}" of epoch ` +
      `${old.fence.epoch}, the new one "${fresh.fence.state}" of epoch ${fresh.fence.epoch}. Was one of the databases restored from a backup? ` +
      `Nothing was changed; their sessions are refused until the fences agree.`,
  );
}
