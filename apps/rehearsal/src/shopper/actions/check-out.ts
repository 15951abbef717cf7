import { send, settle, type SentRequest, type Visit } from '../visit.ts';
import { look } from './look.ts';

const isOrdered = (sent: SentRequest): boolean => sent.location?.startsWith('/orders/') === true;

/** Orders the basket, which is then empty. */
export async function checkOut(visit: Visit): Promise<void> {
  const form = await send(visit, { method: 'GET', path: '/checkout' });
  // Without a key there is nothing to order, or an earlier order had gone through after all; a look will tell.
  if (form.checkoutKey !== undefined) {
    const { email } = visit.account;
    const body = { name: 'Robin Example', email, address: '1 Test Lane, Sampleton', checkoutKey: form.checkoutKey };
    const sent = await send(visit, { method: 'POST', path: '/checkout', body });
    const outcome = sent.outcome === 'ok' && !isOrdered(sent) ? 'failed' : sent.outcome;
    settle(visit, { kind: 'checkout' }, { ...sent, outcome });
  }
  await look(visit);
}
