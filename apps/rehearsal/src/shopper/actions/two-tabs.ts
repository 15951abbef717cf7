import { applyChange } from '../../checker/apply-change.ts';
import type { Change } from '../../checker/change.ts';
import { judge, type Judgement, type Shown } from '../../checker/judge.ts';
import { mayHaveExpired, send, settle, settleTogether, take, type Visit } from '../visit.ts';
import { additionOf, pickProduct, sendLine } from './change-line.ts';
import { addOne } from './fill-basket.ts';
import { look } from './look.ts';

/** Two tabs add at the same moment: both lines must be there. Without a session yet, each would be given one of its own. */
export async function addInTwoTabs(visit: Visit): Promise<void> {
  const one = pickProduct(visit);
  const other = pickProduct(visit, one);
  if (visit.changedAt === undefined || one === undefined || other === undefined) return addOne(visit);
  const changes = [additionOf(visit, one), additionOf(visit, other)];
  const sent = await Promise.all(changes.map(async (change) => ({ change, sent: await sendLine(visit, change) })));
  settleTogether(visit, sent);
  await look(visit);
}

/** One tab adds while another looks: that look may come before or after, the next one must come after. */
export async function addWhileLooking(visit: Visit): Promise<void> {
  const productId = pickProduct(visit);
  if (visit.changedAt === undefined || productId === undefined) return addOne(visit);
  const change = additionOf(visit, productId);
  const [added, looked] = await Promise.all([sendLine(visit, change), send(visit, { method: 'GET', path: '/basket' })]);
  const judgement =
    looked.shown === undefined ? undefined : judgeMeanwhile(visit, change, looked.shown, looked.receivedAt);
  if (judgement === undefined || (judgement.losses.length === 0 && !judgement.isGone)) {
    settle(visit, change, added);
  } else {
    if (added.outcome === 'ok') visit.witness.acknowledged();
    take(visit, judgement);
  }
  await look(visit);
}

const judgeMeanwhile = (visit: Visit, change: Change, shown: Shown, receivedAt: number): Judgement =>
  judge(applyChange(visit.expectation, change, 'unknown'), shown, mayHaveExpired(visit, receivedAt));
