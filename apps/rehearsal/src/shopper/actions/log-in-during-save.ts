import { expect, mayHaveExpired, send, serversAtOnce, startOver, type Visit } from '../visit.ts';
import { additionOf, pickProduct, sendLine } from './change-line.ts';
import { buryReplacedKey, logIn } from './log-in.ts';
import { look } from './look.ts';

/** One tab logs in while another adds: what was added before the session got its new key comes along. */
export async function logInDuringSave(visit: Visit): Promise<void> {
  const { email, password } = visit.account;
  const productId = pickProduct(visit);
  const cookie = visit.jar.sessionHeader();
  if (productId === undefined || cookie === undefined) return logIn(visit);
  const change = additionOf(visit, productId);
  const [forLogin, forAdding] = serversAtOnce(visit, 2);
  // An addition that comes second finds the old key dead, or starts another session, which this browser does not keep.
  const otherTab = { jar: visit.jar.copy(), server: forAdding, forgiven: /SESSION_GONE|SESSION_BUSY/ };
  const [loggedIn, added] = await Promise.all([
    send(visit, { method: 'POST', path: '/login', body: { email, password } }, { server: forLogin }),
    sendLine(visit, change, otherTab),
  ]);
  for (const { outcome } of [loggedIn, added]) if (outcome === 'ok') visit.witness.acknowledged();
  if (mayHaveExpired(visit, loggedIn.receivedAt)) return startOver(visit);
  if (!added.droppedSession) expect(visit, change, added);
  expect(visit, { kind: 'login', user: email }, loggedIn);
  buryReplacedKey(visit, cookie, loggedIn);
  await look(visit);
}
