import type { RowComparison } from './compare-rows.ts';
import { compareRows } from './compare-rows.ts';
import { setFlag, settled, type FlagValues } from './flip.ts';
import type { Plan } from './plan.ts';
import { wait } from './wait.ts';
import type { Stage } from '../stage/open-stage.ts';

export interface WalkOptions {
  readonly stage: Stage;
  readonly plan: Plan;
  /** Whether every flip waits until all processes see it and have ended the requests that began before. */
  readonly isCareful: boolean;
  /** Told as each step after the baseline begins. */
  readonly onStep: (name: string) => void;
  /** Told of a fault of what runs beside the steps. */
  readonly onFault: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export interface Walked {
  readonly comparison: RowComparison;
  readonly emptied: number;
}

/** Moves the sessions by two flags, step by step, while the shop is open. */
export async function walkSteps({ stage, plan, isCareful, onStep, signal }: WalkOptions): Promise<Walked> {
  const { pools } = stage.databases;
  let flags: FlagValues = { migrationFlag: false, newDbRouterFlag: false };
  const flip = async (flag: keyof FlagValues, enabled: boolean): Promise<void> => {
    flags = { ...flags, [flag]: enabled };
    await setFlag(pools.main, flag, enabled);
    if (isCareful) await settled(stage.fleet.processes, flags, signal);
  };

  await wait(plan.baselineMs, signal);

  onStep('migration_flag on');
  await flip('migrationFlag', true);
  await wait(plan.migrationOnMs, signal);

  onStep('session age waited out');
  await wait(plan.waitOutAgeMs, signal);

  onStep('rows compared');
  const comparison = await compareRows(pools, plan.compareMs, signal);

  onStep('new_db_router_flag on');
  await flip('newDbRouterFlag', true);
  await wait(plan.routerOnMs, signal);

  onStep('migration_flag off');
  await flip('migrationFlag', false);
  await wait(plan.migrationOffMs, signal);

  onStep('old table emptied');
  const emptied = await countRows(stage);
  await pools.main.query('truncate session');
  await wait(plan.emptiedMs, signal);
  return { comparison, emptied };
}

/** In the old table. */
export async function countRows(stage: Stage): Promise<number> {
  const { rows } = await stage.databases.pools.main.query<{ count: number }>(
    'select count(*)::int as count from session',
  );
  return rows[0]?.count ?? 0;
}
