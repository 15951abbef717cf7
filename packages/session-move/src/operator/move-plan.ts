import { BUCKETS, type SiteName } from '@switchyard/session-backends/fence';
import { readFleet } from '../fleet/heartbeat.ts';
import type { MoveSide } from '../move-side.ts';
import { readMoveViews, type BucketViews } from '../move-views.ts';
import { ALL_BUCKETS, at, claim, settle, switchTo, type Wanted } from '../verb-steps.ts';
import { lastVerify, type LastVerify } from '../verify/record-verify.ts';
import { readLag } from '../worker/read-lag.ts';
import { adviseVerbs } from './advise-verbs.ts';
import {
  coverageCheck,
  databaseChecks,
  describeAge,
  emptyCheck,
  lagCheck,
  triggersCheck,
  libraryCheck,
  verifyCheck,
  type Check,
  type Probes,
  type Thresholds,
} from './checks.ts';
import { countPhases, usable } from './move-status.ts';
import { probeSide } from './probe-side.ts';
import { describeStep, stepsAhead } from './steps-ahead.ts';
import type { VerbOptions } from './verb-options.ts';

/** The verbs that change who serves the sessions, or may. */
export type MoveVerb = 'start' | 'backfill' | 'verify' | 'switch' | 'rollback' | 'complete' | 'cancel';

export interface PlanLine {
  readonly does: string;
  /** From here on what is begun is finished, and taken back by another verb only. */
  readonly commitPoint: boolean;
  /** The verb that takes it back; "none" if nothing does. */
  readonly undo: string;
}

/** What a verb would do, and what it asks for first. */
export interface MovePlan {
  readonly verb: MoveVerb;
  readonly checks: readonly Check[];
  readonly steps: readonly PlanLine[];
  /** Every check holds. */
  readonly wouldSucceed: boolean;
}

export interface PlanOptions {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly limits: Thresholds;
  /** For switch: the share that the new side is to serve. For rollback: the share that it keeps. */
  readonly percent: number;
  /** What was said beside the verb; its limits are in `limits` already. */
  readonly options?: VerbOptions;
}

/** The share of the buckets that `percent` stands for: always the same ones, so that growing it never moves one back. */
export const shareOf = (percent: number): readonly number[] =>
  ALL_BUCKETS.slice(0, Math.ceil((BUCKETS * percent) / 100));

/** Those that a rollback to `percent` brings back. */
export const restOf = (percent: number): readonly number[] => ALL_BUCKETS.slice(Math.ceil((BUCKETS * percent) / 100));

/** Looks at both databases and says what a verb would do. Changes nothing. */
export async function planMove(verb: MoveVerb, options: PlanOptions): Promise<MovePlan> {
  const { sides, limits } = options;
  const [old, fresh] = await Promise.all([probeSide(sides.old.database), probeSide(sides.new.database)]);
  const probes: Probes = { old, new: fresh };
  const outside = databaseChecks(probes, limits).filter(({ name }) => asksFor(verb, name));
  if (!usable(old) || !usable(fresh)) return toPlan(verb, outside, []);
  const views = await readMoveViews(sides);
  const moveId = views[0]?.new.fence.moveId ?? null;
  const verified = moveId === null ? undefined : await lastVerify(sides.new.database, moveId);
  const inside = await stateChecks(verb, options, views, verified, probes);
  // A shop that comes from another library's table goes by the fences alone.
  const isStep = ({ does }: PlanLine): boolean => sides.old.rows === undefined || !/_flag o/.test(does);
  const steps = linesOf(verb, options, views).filter(isStep);
  return toPlan(verb, [...outside, ...inside], steps);
}

const toPlan = (verb: MoveVerb, checks: readonly Check[], steps: readonly PlanLine[]): MovePlan => ({
  verb,
  checks,
  steps,
  wouldSucceed: checks.every(({ ok }) => ok),
});

/** A rollback is for bad days: it asks only for what it cannot do without. */
const asksFor = (verb: MoveVerb, check: string): boolean => {
  const flips = verb !== 'backfill' && verb !== 'verify';
  if (check.includes('long transaction')) return flips && verb !== 'rollback';
  return !check.includes('is fast') || (flips && verb !== 'rollback' && verb !== 'cancel');
};

async function stateChecks(
  verb: MoveVerb,
  { sides, limits, percent }: PlanOptions,
  views: readonly BucketViews[],
  verified: LastVerify | undefined,
  probes: Probes,
): Promise<Check[]> {
  const moved = views.filter((view) => view.new.fence.state === 'auth').length;
  const covered = views.filter((view) => view.new.covered).length;
  const checks = [stateCheck(verb, views, moved, covered, verified, probes)];
  if (verb === 'switch') {
    const wanted = shareOf(percent);
    checks.push(
      shareCheck(moved, wanted.length, percent),
      coverageCheck(wanted.filter((bucket) => (views[bucket] as BucketViews).new.covered).length, wanted.length),
      verifyCheck(verified, limits),
      lagCheck('old', await readLag(sides.old.database), limits),
    );
  }
  if ((verb === 'start' || verb === 'switch') && sides.old.rows !== undefined)
    checks.push(triggersCheck(await sides.old.rows.missingTriggers()));
  if (verb === 'switch' && sides.old.rows !== undefined)
    checks.push(libraryCheck(await readFleet([sides.old.database]), limits));
  if (verb === 'complete') checks.push(verifyCheck(verified, limits));
  if (verb === 'complete' && sides.old.rows !== undefined) checks.push(emptyCheck(await sides.old.rows.mayEmpty()));
  return checks;
}

/** The part of the advice that the checks beside it do not tell in numbers. */
function stateCheck(
  verb: MoveVerb,
  views: readonly BucketViews[],
  moved: number,
  covered: number,
  verified: LastVerify | undefined,
  sides: Probes,
): Check {
  const phases = countPhases(views);
  // What has its own line below is taken as given here.
  const state =
    verb === 'switch' ? { covered: BUCKETS, lastVerify: { clean: true } } : { covered, lastVerify: verified };
  const advice = adviseVerbs({ phases, moved, sides, ...state }).find((each) => each.verb === verb);
  const ok = advice?.safe === true || mayRepeat(verb, phases, moved);
  return {
    name: 'state of the move',
    ok,
    value: Object.entries(phases)
      .map(([phase, count]) => `${count} ${phase}`)
      .join(', '),
    threshold: `one in which "${verb}" can be done`,
    remedy: ok ? '' : (advice?.why ?? ''),
  };
}

/** A verb that was interrupted, or has been done, may be given again. */
function mayRepeat(verb: MoveVerb, phases: ReturnType<typeof countPhases>, moved: number): boolean {
  switch (verb) {
    case 'start':
      return (
        moved === 0 && phases.illegal === undefined && phases.mirroring !== undefined && phases.switching === undefined
      );
    case 'switch':
      return moved === BUCKETS && phases.complete === undefined;
    case 'rollback':
      return phases['merging-back'] !== undefined || phases.mirroring === BUCKETS;
    case 'backfill':
      return phases.mirroring !== undefined || phases.merging !== undefined || phases.moved !== undefined;
    case 'complete':
      return phases.complete === BUCKETS;
    case 'cancel':
      return phases.off === BUCKETS;
    case 'verify':
      return false;
  }
}

const shareCheck = (moved: number, wanted: number, percent: number): Check => ({
  name: 'share',
  ok: moved <= wanted,
  value: `${moved} of 256 buckets are at the new database`,
  threshold: `≤ ${wanted}`,
  remedy: `a switch never takes back: switchyard move rollback --percent ${percent}`,
});

/** Each verb as the phases of steps that its controller goes through. */
const PHASES: Readonly<Record<MoveVerb, readonly Wanted[]>> = {
  start: [claim(null), at('old', 'capture')],
  backfill: [],
  verify: [],
  switch: [switchTo('new'), settle],
  rollback: [switchTo('old'), settle],
  complete: [at('old', 'settle'), at('new', 'stop-capture'), at('old', 'wipe')],
  cancel: [at('new', 'disarm'), at('old', 'stop-capture')],
};

function linesOf(verb: MoveVerb, { percent, options = {} }: PlanOptions, views: readonly BucketViews[]): PlanLine[] {
  const buckets = verb === 'switch' ? shareOf(percent) : verb === 'rollback' ? restOf(percent) : ALL_BUCKETS;
  const fences = stepsAhead(views, buckets, PHASES[verb], 'a new move').map((ahead): PlanLine => {
    const { does, undo } = describeStep(ahead);
    return { does, undo, commitPoint: ahead.step === 'commit' || ahead.step === 'wipe' };
  });
  return [...before(verb, options), ...fences, ...after(verb, options)];
}

const line = (does: string, undo = ''): PlanLine => ({ does, commitPoint: false, undo });

function before(verb: MoveVerb, options: VerbOptions): PlanLine[] {
  switch (verb) {
    case 'backfill':
      return [line(describeBackfill(options), 'cancel')];
    case 'verify':
      return describeVerifying(options).map((does) => line(does));
    case 'switch':
      return [line('carry across what has changed at the old database, so that the merge is short')];
    case 'rollback':
      return [line('carry across what has changed at the new database, so that the merge is short')];
    case 'complete':
      return [line('new_db_router_flag on; where it cannot be set from here, wait until it is')];
    case 'start':
    case 'cancel':
      return [];
  }
}

function after(verb: MoveVerb, { drop }: VerbOptions): PlanLine[] {
  switch (verb) {
    case 'start':
      return [line('migration_flag on', 'cancel')];
    case 'complete':
      return [...(drop === true ? [line('drop the old table', 'none')] : []), line('migration_flag off')];
    case 'cancel':
      return [
        line('the session tables of the new database are emptied; copies still on their way are refused'),
        line('migration_flag off'),
      ];
    case 'backfill':
    case 'verify':
    case 'switch':
    case 'rollback':
      return [];
  }
}

function describeBackfill({ rate, throttle, wait }: VerbOptions): string {
  if (wait === true)
    return 'copy nothing: wait until every session has been written since the start, or has expired; a worker without --no-backfill copies all the same';
  const limit = rate === undefined ? '' : `, at most ${rate} rows a second`;
  const hurry = throttle === false ? ', without slowing down when the databases do' : '';
  return `copy every session that the new database lacks, bucket by bucket${limit}${hurry}; it goes on where it was`;
}

function describeVerifying({ sample, rate, repair, repairRogue }: VerbOptions): string[] {
  const limit = rate === undefined ? '' : `, at most ${rate} rows a second`;
  const compare =
    sample === undefined
      ? `compare digests of both databases page by page${limit}, and look at the rows that differ one by one`
      : `draw ${Number((sample * 100).toFixed(4))} % of the sessions, compare them at both databases${limit}, and look at those that differ one by one`;
  return [
    compare,
    ...(repair === true ? ['carry over what the database that serves has and the other lacks'] : []),
    ...(repairRogue === true ? ['replace rows that somebody wrote behind the fences'] : []),
  ];
}

/** One line for a person. */
export const describeVerify = (verified: Pick<LastVerify, 'clean' | 'ageMs'> | undefined): string =>
  verified === undefined ? 'none' : `${verified.clean ? 'clean' : 'NOT clean'}, ${describeAge(verified.ageMs)} ago`;
