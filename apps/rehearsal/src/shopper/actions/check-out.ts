import type { Outcome } from '../../checker/change.ts';
import { send, serversAtOnce, settle, type SentRequest, type Visit } from '../visit.ts';
import { look } from './look.ts';

/** How many are impatient, and press the button twice. */
const TWICE_CHANCE = 0.3;

/** Orders the basket, which is then empty. */
export async function checkOut(visit: Visit): Promise<void> {
  const { formAnswer } = await send(visit, { method: 'GET', path: '/checkout' });
  // Without a form there is nothing to order, or an earlier order had gone through after all; a look will tell.
  if (typeof formAnswer === 'object') {
    const { email } = visit.account;
    const body = { name: 'Robin Example', email, address: '1 Test Lane, Sampleton', checkoutKey: formAnswer.form };
    const servers = serversAtOnce(visit, visit.random.chance(TWICE_CHANCE) ? 2 : 1);
    const sent = await Promise.all(
      servers.map((server) => send(visit, { method: 'POST', path: '/checkout', body }, { server })),
    );
    const [first, second = first] = sent as [SentRequest, SentRequest?];
    const outcome = eitherOutcome(first.outcome, second.outcome);
    settle(visit, { kind: 'checkout' }, { ...(first.droppedSession ? first : second), outcome });
  }
  await look(visit);
}

/** Of one order that was asked for twice. */
const eitherOutcome = (one: Outcome, other: Outcome): Outcome => {
  if (one === 'ok' || other === 'ok') return 'ok';
  return one === 'unknown' || other === 'unknown' ? 'unknown' : 'failed';
};
