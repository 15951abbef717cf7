import { settle, type Visit } from '../visit.ts';
import { additionOf, pickLine, pickProduct, sendLine } from './change-line.ts';

export async function addOne(visit: Visit): Promise<void> {
  const productId = pickProduct(visit);
  if (productId === undefined) return;
  const change = additionOf(visit, productId);
  settle(visit, change, await sendLine(visit, change));
}

/** Another quantity, or none, of a line that is there. */
export async function changeOne(visit: Visit): Promise<void> {
  const productId = pickLine(visit);
  if (productId === undefined) return addOne(visit);
  const quantity = visit.random.index(6);
  const isRemoval = quantity === 0 && visit.random.chance(0.5);
  const change = isRemoval ? ({ kind: 'remove', productId } as const) : ({ kind: 'set', productId, quantity } as const);
  settle(visit, change, await sendLine(visit, change));
}
