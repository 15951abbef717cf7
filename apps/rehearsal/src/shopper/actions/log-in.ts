import { expect, mayHaveExpired, send, startOver, type SentRequest, type Visit } from '../visit.ts';
import { look } from './look.ts';

/** The session gets another key, and the basket comes along. The key it had must be dead. */
export async function logIn(visit: Visit): Promise<void> {
  const { email, password } = visit.account;
  const cookie = visit.jar.sessionHeader();
  const sent = await send(visit, { method: 'POST', path: '/login', body: { email, password } });
  if (sent.outcome === 'ok') visit.witness.acknowledged();
  // Expired just before, the session could not come along; and a new key does not tell whether it did.
  if (mayHaveExpired(visit, sent.receivedAt)) return startOver(visit);
  expect(visit, { kind: 'login', user: email }, sent);
  buryReplacedKey(visit, cookie, sent);
  await look(visit);
}

/** What a login with this answer leaves behind. */
export function buryReplacedKey(visit: Visit, cookie: string | undefined, sent: SentRequest): void {
  if (sent.outcome === 'ok' && cookie !== undefined && cookie !== visit.jar.sessionHeader())
    bury(visit, 'replaced-key', cookie, sent);
}

/** A plain logout; also how a shopper gets out of doubt. */
export async function logOut(visit: Visit): Promise<void> {
  const cookie = visit.jar.sessionHeader();
  const sent = await send(visit, { method: 'POST', path: '/logout' });
  endSession(visit, cookie, sent);
  await look(visit);
}

/** What a logout with this answer leaves behind. */
export function endSession(visit: Visit, cookie: string | undefined, sent: SentRequest): void {
  if (sent.outcome === 'ok') visit.witness.acknowledged();
  expect(visit, { kind: 'logout' }, sent);
  if (sent.outcome !== 'ok') return;
  if (cookie !== undefined) bury(visit, 'logged-out', cookie, sent);
  startOver(visit);
}

const bury = (visit: Visit, kind: 'logged-out' | 'replaced-key', cookie: string, sent: SentRequest): void =>
  // A session that came back would live on from its latest change; after twice its age nothing can be left.
  visit.graveyard.bury({ kind, cookie, until: sent.receivedAt + 2 * visit.ageMs });
