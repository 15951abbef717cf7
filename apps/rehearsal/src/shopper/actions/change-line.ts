import type { LineChange } from '../../checker/change.ts';
import { isCertain, quantitiesOf } from '../../checker/expectation.ts';
import { send, type SendOptions, type SentRequest, type Visit } from '../visit.ts';

const MOST_OF_ONE = 20;

export const sendLine = (visit: Visit, change: LineChange, options: SendOptions = {}): Promise<SentRequest> => {
  const quantity = change.kind === 'remove' ? {} : { quantity: change.quantity };
  const request = {
    method: 'POST',
    path: `/basket/${change.kind}`,
    body: { productId: change.productId, ...quantity },
  } as const;
  return send(visit, request, options);
};

const certainQuantity = (visit: Visit, productId: string): number => quantitiesOf(visit.expectation, productId)[0] ?? 0;

/** A product that can be added and about which there is no doubt, so that the next look can tell; `undefined`: none is left. */
export function pickProduct(visit: Visit, except?: string): string | undefined {
  const fit = visit.productIds.filter(
    (id) => id !== except && isCertain(visit.expectation, id) && certainQuantity(visit, id) < MOST_OF_ONE,
  );
  return fit.length === 0 ? undefined : visit.random.pick(fit);
}

/** A line of the basket about which there is no doubt. */
export function pickLine(visit: Visit): string | undefined {
  const fit = visit.productIds.filter((id) => isCertain(visit.expectation, id) && certainQuantity(visit, id) > 0);
  return fit.length === 0 ? undefined : visit.random.pick(fit);
}

export const additionOf = (visit: Visit, productId: string): LineChange => ({
  kind: 'add',
  productId,
  quantity: 1 + visit.random.index(3),
});
