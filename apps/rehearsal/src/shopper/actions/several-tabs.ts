import type { LineChange } from '../../checker/change.ts';
import { send, serversAtOnce, settleTogether, type Visit } from '../visit.ts';
import { additionOf, pickProduct, sendLine } from './change-line.ts';
import { addOne } from './fill-basket.ts';
import { look } from './look.ts';

const MOST_AT_ONCE = 3;
const SAME_PRODUCT_CHANCE = 0.6;
const LOOK_CHANCE = 0.3;

/**
 * Two or three tabs do something at the same moment, each through another process, mostly with the same product: the
 * basket has to be what it would be if they had done it one after the other.
 */
export async function actInSeveralTabs(visit: Visit): Promise<void> {
  const { random } = visit;
  const product = pickProduct(visit);
  const other = pickProduct(visit, product);
  if (visit.changedAt === undefined || product === undefined || other === undefined) return addOne(visit);
  const tabs = serversAtOnce(visit, 2 + random.index(MOST_AT_ONCE - 1)).map(async (server) => {
    const change = random.chance(LOOK_CHANCE)
      ? undefined
      : drawChange(visit, random.chance(SAME_PRODUCT_CHANCE) ? product : other);
    const sent =
      change === undefined
        ? send(visit, { method: 'GET', path: '/basket' }, { server })
        : sendLine(visit, change, { server });
    return { change, sent: await sent };
  });
  // What a look shows meanwhile depends on which was faster: the history of the session tells whether it was right.
  const sent = (await Promise.all(tabs)).flatMap(({ change, sent: each }) =>
    change === undefined ? [] : [{ change, sent: each }],
  );
  settleTogether(visit, sent);
  await look(visit);
}

function drawChange(visit: Visit, productId: string): LineChange {
  const { random } = visit;
  if (random.chance(0.6)) return additionOf(visit, productId);
  return random.chance(0.7) ? { kind: 'set', productId, quantity: random.index(6) } : { kind: 'remove', productId };
}
