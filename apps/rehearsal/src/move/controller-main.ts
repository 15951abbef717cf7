// A controller in a process of its own, so that it can be killed between any two steps: it is given the operator's verbs,
// one after the other.
import {
  createMoveOperator,
  giveBackfill,
  giveVerb,
  giveVerify,
  MoveError,
  type Outcome,
} from '@switchyard/session-move';
import { postgresMoveFlags } from '@switchyard/flags';
import { createHolding, say } from './holding.ts';
import type { Order, VerbOutcome } from './messages.ts';
import { openSides } from './open-sides.ts';

const { sides: ours, pools } = openSides('rehearsal controller');
const holding = createHolding();
const sides = { old: holding.watch(ours.old), new: holding.watch(ours.new) };
const actor = `controller@${process.pid}`;

const flags = postgresMoveFlags(pools.old);
const operator = createMoveOperator({ ...sides, flags, actor });

/** Nobody interrupts a verb here but by killing the process. */
const { signal } = new AbortController();
const nothing = (): void => undefined;

function fill(): Promise<Outcome> {
  let covered = 0;
  const copy: typeof ours.new.site.copy = async (copies) => {
    await holding.at({ at: 'backfill', covered });
    return ours.new.site.copy(copies);
  };
  const filled = { old: ours.old, new: { ...ours.new, site: { ...ours.new.site, copy } } };
  const onProgress = (now: { readonly covered: number }): void => void (covered = now.covered);
  return giveBackfill(operator, { throttle: false }, { sides: filled, signal, onProgress, onWait: nothing });
}

function give({ verb, percent }: Extract<Order, { kind: 'verb' }>): Promise<Outcome> {
  switch (verb) {
    case 'backfill':
      return fill();
    case 'verify':
      return giveVerify(operator, {}, { sides: ours, actor, signal, onVerified: nothing });
    default:
      return giveVerb(operator, verb, { percent, drop: false });
  }
}

async function obey(order: Extract<Order, { kind: 'verb' }>): Promise<VerbOutcome> {
  try {
    const outcome = await give(order);
    if (outcome.done) return { ...outcome, result: 'done' };
    const failed = outcome.plan.checks.filter(({ ok }) => !ok);
    return { result: 'refused', why: failed.map(({ name, value }) => `${name}: ${value}`).join('; ') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { result: 'failed', code: error instanceof MoveError ? error.code : undefined, why };
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  if (order.kind === 'verb') void obey(order).then((outcome) => say({ kind: 'outcome', outcome }));
});
say({ kind: 'ready' });
