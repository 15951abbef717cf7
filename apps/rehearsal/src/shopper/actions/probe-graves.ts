import { isBlank } from '../../checker/judge.ts';
import type { Grave } from '../graveyard.ts';
import { jarOf } from '../cookie-jar.ts';
import { send, type Visit } from '../visit.ts';

/** Comes with the cookie of a session that was left behind: it must show nothing. */
export async function probeGraves(visit: Visit, graves: readonly Grave[] = one(visit)): Promise<void> {
  for (const grave of graves) {
    const sent = await send(visit, { method: 'GET', path: '/basket' }, { jar: jarOf(grave.cookie) });
    if (sent.shown === undefined || isBlank(sent.shown)) continue;
    visit.witness.cameBack({ kind: grave.kind, lines: sent.shown.lines.size, user: sent.shown.user }, visit.shopper);
    visit.graveyard.remove(grave);
  }
}

function one(visit: Visit): Grave[] {
  const grave = visit.graveyard.pick(visit.random, visit.now());
  return grave === undefined ? [] : [grave];
}
