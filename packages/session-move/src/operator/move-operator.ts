import { otherSite, type SiteName } from '@switchyard/session-backends/fence';
import { moveIdOf, type FlipOptions } from '../fence-table.ts';
import { isLostConnection } from '../is-lost-connection.ts';
import { createMoveController } from '../move-controller.ts';
import { MoveError } from '../move-error.ts';
import type { MoveDatabase } from '../move-database.ts';
import type { MoveSide } from '../move-side.ts';
import { drain } from '../outbox.ts';
import { SESSION_TABLES } from '../session-tables.ts';
import { traced } from '../traced.ts';
import { recordAudit } from './audit.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './checks.ts';
import type { MoveFlagName, MoveFlagsPort } from './move-flags-port.ts';
import { planMove, restOf, shareOf, type MovePlan, type MoveVerb } from './move-plan.ts';
import type { VerbOptions } from './verb-options.ts';

export interface MoveOperatorOptions extends FlipOptions {
  readonly old: MoveSide;
  readonly new: MoveSide;
  readonly flags: MoveFlagsPort;
  /** Who does it, as `user@host`, for the log. */
  readonly actor: string;
  readonly thresholds?: Partial<Thresholds>;
  /** Told what is being waited for, in a sentence. */
  readonly onWait?: (what: string) => void;
  /** Ends what waits; what has been done stays done. */
  readonly signal?: AbortSignal;
}

/** A verb is done, or refused with everything that was looked at. Both may be repeated. */
export type Outcome<T extends object = object> =
  ({ readonly done: true } & T) | { readonly done: false; readonly plan: MovePlan };

export interface Switched {
  /** Buckets that still look at the other side; the worker ends that when everything is across. */
  readonly merging: number;
}

export interface Completed {
  /** What the old table took, indexes included. */
  readonly freedBytes: number;
  readonly dropped: boolean;
}

export interface MoveOperator {
  /** What a verb would do, and whether it would be refused. */
  plan(verb: MoveVerb, percent?: number, options?: VerbOptions): Promise<MovePlan>;
  start(): Promise<Outcome<{ readonly moveId: string }>>;
  /** @param percent the share of the buckets that the new side is to serve */
  switch(percent: number): Promise<Outcome<Switched>>;
  /** @param percent the share that stays at the new side; everything else goes back, with all that was written since */
  rollback(percent: number): Promise<Outcome<Switched>>;
  cancel(): Promise<Outcome>;
  /** @param drop also drops the old table, which is empty then */
  complete(drop: boolean): Promise<Outcome<Completed>>;
  /** Any other work on the move, checked and logged the same way. */
  run<T extends object>(verb: 'backfill' | 'verify', detail: object, work: () => Promise<T>): Promise<Outcome<T>>;
}

/** How long a switch waits for its own merge to end before it leaves that to the worker. */
const MERGE_MS = 30_000;
const AGAIN_MS = 20;
const FLAG_EVERY_MS = 1_000;
/** Rounds of carrying across before a switch; new changes keep coming. */
const CATCH_UP_ROUNDS = 20;
const SMALL = 100;

/**
 * The verbs of a move, as an operator gives them: each looks first whether it is safe, writes into the log of both
 * databases that it begins and how it ended, and can be interrupted and given again, by anybody, also by two at once.
 */
export function createMoveOperator(options: MoveOperatorOptions): MoveOperator {
  const { old, new: fresh, flags, actor, signal, onWait = () => undefined } = options;
  const sides: Readonly<Record<SiteName, MoveSide>> = { old, new: fresh };
  const limits = { ...DEFAULT_THRESHOLDS, ...options.thresholds };
  /** Whoever was let off a check is to be found in the log. */
  const lifted = Object.keys(options.thresholds ?? {}).length === 0 ? {} : { limits: options.thresholds };
  const controller = createMoveController(options);

  const plan: MoveOperator['plan'] = async (verb, percent = 100, given = {}) => {
    try {
      return await planMove(verb, { sides, limits, percent, options: given });
    } catch (error) {
      throw isLostConnection(error) ? connectionLost(verb, error) : error;
    }
  };

  const log = async (verb: MoveVerb, result: string, detail: object): Promise<void> => {
    const moveId = await moveIdOf(fresh.database);
    return recordAudit([old, fresh], { actor, action: `${verb} ${result}`, moveId, detail: { ...detail } });
  };

  const perform = <T extends object>(
    verb: MoveVerb,
    detail: object,
    work: () => Promise<T>,
    percent = 100,
  ): Promise<Outcome<T>> =>
    traced(`move.${verb}`, {}, async (span) => {
      const outcome = await checkAndDo(verb, detail, work, percent);
      span?.setAttribute('switchyard.done', outcome.done);
      return outcome;
    });

  /** Checks, logs, does, logs. */
  const checkAndDo = async <T extends object>(
    verb: MoveVerb,
    detail: object,
    work: () => Promise<T>,
    percent: number,
  ): Promise<Outcome<T>> => {
    const planned = await plan(verb, percent);
    if (!planned.wouldSucceed) {
      const failed = planned.checks.flatMap(({ ok, name }) => (ok ? [] : [name]));
      // Where the databases cannot even be written, the answer on the screen has to do.
      await log(verb, 'refused', { ...detail, failed }).catch(() => undefined);
      return { done: false, plan: planned };
    }
    try {
      await log(verb, 'begun', detail);
      const result = await work();
      await log(verb, 'done', { ...detail, ...result });
      return { done: true, ...result };
    } catch (error) {
      await log(verb, signal?.aborted === true ? 'interrupted' : 'failed', {
        ...detail,
        code: codeOf(error),
      }).catch(() => undefined);
      throw isLostConnection(error) ? connectionLost(verb, error) : error;
    }
  };

  const setFlag = async (name: MoveFlagName, enabled: boolean): Promise<void> => {
    if ((await flags.read())[name] === enabled) return;
    if (flags.write !== undefined) return flags.write(name, enabled);
    onWait(`set ${name} ${enabled ? 'on' : 'off'} where your flags are kept`);
  };

  const untilFlag = async (name: MoveFlagName): Promise<void> => {
    for (let tries = 0; !(await flags.read())[name]; tries++) {
      if (tries === 0) onWait(`waiting until ${name} reads on`);
      await pause(FLAG_EVERY_MS);
    }
  };

  const pause = async (ms: number): Promise<void> => {
    signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, ms));
    signal?.throwIfAborted();
  };

  const catchUp = async (from: SiteName, buckets: readonly number[]): Promise<void> => {
    for (let round = 0; round < CATCH_UP_ROUNDS; round++)
      if ((await drain(sides[from], sides[otherSite(from)], { buckets })).cleared < SMALL) return;
  };

  /** The window in which both databases are needed ends here. */
  const endMerge = async (left: SiteName, buckets: readonly number[]): Promise<number> => {
    const until = Date.now() + MERGE_MS;
    for (let tries = 0; ; tries++) {
      await drain(sides[left], sides[otherSite(left)], { buckets });
      const merging = await controller.settle(buckets);
      if (merging.length === 0 || Date.now() > until) return merging.length;
      if (tries === 10) onWait('waiting until everything is across');
      await pause(AGAIN_MS);
    }
  };

  const bring = async (to: SiteName, buckets: readonly number[]): Promise<Switched> => {
    if (buckets.length === 0) return { merging: 0 };
    const from = otherSite(to);
    await catchUp(from, buckets);
    await controller.switch(to, buckets);
    return { merging: await endMerge(from, buckets) };
  };

  return {
    plan,
    run: (verb, detail, work) => perform(verb, detail, work),

    start: () =>
      perform('start', {}, async () => {
        const id = await controller.start();
        await setFlag('migration_flag', true);
        return { moveId: id };
      }),

    switch: (percent) => perform('switch', { percent, ...lifted }, () => bring('new', shareOf(percent)), percent),

    rollback: (percent) => perform('rollback', { percent }, () => bring('old', restOf(percent)), percent),

    cancel: () =>
      perform('cancel', {}, async () => {
        await controller.cancel();
        await setFlag('migration_flag', false);
        return {};
      }),

    complete: (drop) =>
      perform('complete', { drop, ...lifted }, async () => {
        await setFlag('new_db_router_flag', true);
        await untilFlag('new_db_router_flag');
        const freedBytes = await sizeOf(old.database);
        // What an earlier epoch has left in the list would keep the old side from becoming a mirror.
        await drain(fresh, old);
        await controller.complete();
        if (drop) await old.database.transaction(old.rows?.drop ?? dropTable);
        await setFlag('migration_flag', false);
        return { freedBytes, dropped: drop };
      }),
  };
}

const sizeOf = async (database: MoveDatabase): Promise<number> => {
  const [row] = await database.query(
    `select coalesce(sum(pg_total_relation_size(t.oid)), 0)::float8 as bytes from (${SESSION_TABLES}) t`,
  );
  return Number(row?.['bytes']);
};

/** The fences stay: whoever still believes in this side is told by them where to go. */
async function dropTable(query: MoveDatabase['query']): Promise<void> {
  await query(`set local lock_timeout = '2s'`);
  await query('drop table if exists session');
}

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

const connectionLost = (verb: MoveVerb, cause: unknown): MoveError =>
  new MoveError(
    'SIDE_UNREACHABLE',
    `A database went away during "${verb}". What was done stays done: look at the status, and give the command again when the database is back.`,
    { cause },
  );
