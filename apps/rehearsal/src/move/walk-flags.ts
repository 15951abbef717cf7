import type { Chronicle } from '../faults/chronicle.ts';
import type { FaultRun } from '../faults/fault-run.ts';
import type { Stage } from '../stage/open-stage.ts';
import { compareRows, type RowComparison } from './compare-rows.ts';
import { setFlag, settled, type FlagValues } from './flip.ts';
import type { FlagPlan } from './plan.ts';
import { FLAG_STEPS } from './steps.ts';
import { wait } from './wait.ts';

export interface WalkOptions<Plan> {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly faults: FaultRun;
  readonly chronicle: Chronicle;
  /** Told as each step after the baseline begins. */
  readonly onStep: (name: string) => void;
  readonly signal: AbortSignal;
}

export interface Walked {
  readonly comparison: RowComparison;
  readonly emptied: number;
}

/**
 * Moves the sessions by two flags, step by step, while the shop is open.
 * @param isCareful whether every flip waits until all processes see it and have ended the requests that began before
 */
export async function walkFlags(options: WalkOptions<FlagPlan>, isCareful: boolean): Promise<Walked> {
  const { stage, plan, faults, onStep, signal } = options;
  const { pools } = stage.databases;
  let flags: FlagValues = { migrationFlag: false, newDbRouterFlag: false };
  const flip = async (flag: keyof FlagValues, enabled: boolean): Promise<void> => {
    flags = { ...flags, [flag]: enabled };
    await insist(() => setFlag(pools.main, flag, enabled), signal);
    if (isCareful) await settled(stage.fleet.processes, flags, signal);
  };
  let comparison: RowComparison | undefined;
  let emptied = 0;
  const steps: readonly (() => Promise<void>)[] = [
    async () => {
      await flip('migrationFlag', true);
      await wait(plan.migrationOnMs, signal);
    },
    () => wait(plan.waitOutAgeMs, signal),
    async () => {
      comparison = await insist(() => compareRows(pools, plan.compareMs, signal), signal);
    },
    async () => {
      await flip('newDbRouterFlag', true);
      await wait(plan.routerOnMs, signal);
    },
    async () => {
      await flip('migrationFlag', false);
      await wait(plan.migrationOffMs, signal);
    },
    async () => {
      emptied = await countRows(stage, signal);
      await insist(() => pools.main.query('truncate session'), signal);
      await wait(plan.emptiedMs, signal);
    },
  ];

  await wait(plan.baselineMs, signal);
  await stage.fleet.allOpen();
  for (const [index, { name }] of FLAG_STEPS.entries()) {
    onStep(name);
    const going = faults.begin(index);
    await steps[index]?.();
    await going.done();
  }
  return { comparison: comparison as RowComparison, emptied };
}

/** In the old table. */
export const countRows = (stage: Stage, signal: AbortSignal): Promise<number> =>
  insist(async () => {
    const { rows } = await stage.databases.pools.main.query<{ count: number }>(
      'select count(*)::int as count from session',
    );
    return rows[0]?.count ?? 0;
  }, signal);

const AGAIN_MS = 200;
const LIMIT_MS = 20_000;

/** A database may be away for a while. */
export async function insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (const giveUpAt = performance.now() + LIMIT_MS; ; await wait(AGAIN_MS, signal)) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || performance.now() > giveUpAt) throw error;
    }
  }
}
