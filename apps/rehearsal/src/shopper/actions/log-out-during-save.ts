import { expect, send, serversAtOnce, type Visit } from '../visit.ts';
import { additionOf, pickProduct, sendLine } from './change-line.ts';
import { endSession, logOut } from './log-in.ts';
import { look } from './look.ts';
import { probeGraves } from './probe-graves.ts';

/** One tab logs out while another adds: whichever comes first, the session must be gone in the end. */
export async function logOutDuringSave(visit: Visit): Promise<void> {
  const productId = pickProduct(visit);
  const cookie = visit.jar.sessionHeader();
  if (productId === undefined || cookie === undefined) return logOut(visit);
  const change = additionOf(visit, productId);
  const [forLogout, forAdding] = serversAtOnce(visit, 2);
  // An addition that comes second is refused, or starts another session, which this browser does not keep.
  const otherTab = { jar: visit.jar.copy(), server: forAdding, forgiven: /SESSION_GONE|SESSION_BUSY/ };
  const adding = sendLine(visit, change, otherTab);
  const leaving = send(visit, { method: 'POST', path: '/logout' }, { server: forLogout });
  const [left, added] = await Promise.all([leaving, adding]);
  if (added.outcome === 'ok') visit.witness.acknowledged();
  if (left.outcome !== 'ok')
    expect(visit, change, { ...added, outcome: added.outcome === 'failed' ? 'failed' : 'unknown' });
  endSession(visit, cookie, left);
  await (left.outcome === 'ok' ? probeGraves(visit) : look(visit));
}
