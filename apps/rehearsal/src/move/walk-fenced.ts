import type { SiteName } from '@switchyard/session-backends/fence';
import { ALL_BUCKETS, createMoveController } from '@switchyard/session-move';
import { RehearsalError } from '../rehearsal-error.ts';
import type { ShopProcess } from '../stage/shop-process.ts';
import { backfill, moveSides, startCarrier, type Carrier } from './carry-rows.ts';
import { compareRows } from './compare-rows.ts';
import { wait } from './wait.ts';
import { countRows, type Walked, type WalkOptions } from './walk-steps.ts';

const share = (percent: number): readonly number[] => ALL_BUCKETS.slice(0, Math.ceil((256 * percent) / 100));

/** How long a stopped process knows of nothing. */
const STOPPED_MS = 1_500;
/** How often ending the merge is tried, with everything carried across each time. */
const SETTLE_TRIES = 50;

/**
 * Moves the sessions by the fences while the shop is open: a part, half, all of them, back, and all again. One process is
 * stopped across a switch each way, and wakes up believing what was true before; no process is waited for.
 */
export async function walkFenced({ stage, plan, onStep, onFault, signal }: WalkOptions): Promise<Walked> {
  const { pools } = stage.databases;
  const sides = moveSides(stage.databases);
  const controller = createMoveController(sides);
  const { processes } = stage.fleet;
  const sleeper = processes.at(-1) as ShopProcess;
  let carrier: Carrier | undefined;

  const switchTo = async (to: SiteName, percent: number): Promise<void> => {
    onStep(to === 'new' ? `${percent} % to the new database` : 'back to the old database');
    await controller.switch(to, share(percent));
    await wait(plan.switchMs, signal);
  };
  const whileOneSleeps = async (work: () => Promise<void>): Promise<void> => {
    process.kill(sleeper.pid, 'SIGSTOP');
    try {
      await work();
      await wait(STOPPED_MS, signal);
    } finally {
      process.kill(sleeper.pid, 'SIGCONT');
    }
  };
  const settle = async (carrying: Carrier): Promise<void> => {
    for (let tries = 0; tries < SETTLE_TRIES; tries++) {
      await carrying.catchUp();
      if ((await controller.settle()).length === 0) return;
    }
    throw new RehearsalError(
      'MOVE_NOT_SETTLED',
      'The merge of the two databases did not end: rows are not carried across.',
    );
  };

  try {
    await wait(plan.baselineMs, signal);

    onStep('move started, backfill');
    const moveId = await controller.start();
    const carrying = startCarrier(sides, onFault);
    carrier = carrying;
    await backfill(sides, moveId, signal);
    await carrying.catchUp();
    await wait(plan.switchMs, signal);

    await switchTo('new', 1);
    await whileOneSleeps(() => switchTo('new', 50));
    await switchTo('new', 100);
    await settle(carrying);
    await whileOneSleeps(() => switchTo('old', 100));
    await settle(carrying);
    await switchTo('new', 100);

    onStep('merge ended, rows compared');
    await settle(carrying);
    const comparison = await compareRows(pools, plan.compareMs, signal);

    onStep('complete, old table emptied');
    await carrying.catchUp();
    await settle(carrying);
    await carrier.stop();
    const emptied = await countRows(stage);
    await controller.complete();
    await wait(plan.emptiedMs, signal);
    return { comparison, emptied };
  } finally {
    await carrier?.stop();
  }
}
