import { versionOf } from '@switchyard/session-backends/fence';
import { judge, type KeySeen, type RowSeen, type Sighting, type VerdictKind } from '../../src/verify/judge.ts';
import type { Reign } from '../../src/verify/reign.ts';

const NOW = 1_000_000;
const nothing: KeySeen = { row: undefined, waitingMs: undefined };
const row = (version: number, part: Partial<RowSeen> = {}): KeySeen => ({
  row: { version, expiresAtMs: NOW + 1, data: 'a', user: null, ...part },
  waitingMs: undefined,
});
const waits = (look: KeySeen): KeySeen => ({ ...look, waitingMs: 5 });
const expired = (version: number, part: Partial<RowSeen> = {}): KeySeen => row(version, { expiresAtMs: NOW, ...part });

const v = (counter: number, epoch = 1): number => versionOf(epoch, counter);

/** The old side serves; the new one; each of them in a merge. */
const mirroring: Reign = { side: 'old', epoch: 1, merge: false, capture: true };
const merging: Reign = { side: 'new', epoch: 2, merge: true, capture: true };
const moved: Reign = { side: 'new', epoch: 2, merge: false, capture: true };
const mergingBack: Reign = { side: 'old', epoch: 3, merge: true, capture: true };
const off: Reign = { side: 'old', epoch: 1, merge: false, capture: false };
const complete: Reign = { side: 'new', epoch: 2, merge: false, capture: false };

/** Nothing happens while it is looked. */
const still = (reign: Reign, old: KeySeen, fresh: KeySeen, covered = true): Sighting => ({
  before: old,
  new: fresh,
  after: old,
  reign,
  covered,
  clockMs: NOW,
});

const CASES: readonly (readonly [string, Sighting, VerdictKind])[] = [
  ['equal rows', still(mirroring, row(v(5)), row(v(5))), 'same'],
  ['no rows any more', still(mirroring, nothing, nothing), 'same'],
  ['an entry waits', still(mirroring, waits(row(v(6))), row(v(5))), 'lag'],
  ['an entry of a new session waits', still(mirroring, waits(row(v(6))), nothing), 'lag'],
  ['no entry waits', still(mirroring, row(v(6)), row(v(5))), 'lost-capture'],
  ['no entry waits for a new session', still(mirroring, row(v(6)), nothing), 'lost-capture'],
  ['a tombstone is missing', still(mirroring, row(v(6), { data: null }), row(v(5))), 'lost-capture'],
  ['a tombstone alone is missing', still(mirroring, row(v(6), { data: null }), nothing), 'lost-capture'],
  ['the backfill is not there yet', still(mirroring, row(v(6)), nothing, false), 'not-covered'],
  ['nothing is captured yet', still(off, row(v(6)), nothing), 'not-covered'],
  ['nothing is captured any more', still(complete, row(v(6)), row(v(6, 2))), 'not-covered'],

  ['other data', still(mirroring, row(v(5)), row(v(5), { data: 'b' })), 'corruption'],
  ['a tombstone that lives', still(mirroring, row(v(5), { data: null }), row(v(5))), 'corruption'],
  ['another expiry', still(mirroring, row(v(5)), row(v(5), { expiresAtMs: NOW + 2 })), 'corruption'],
  ['another user', still(mirroring, row(v(5)), row(v(5), { user: 'u' })), 'corruption'],
  ['damaged before the backfill', still(mirroring, row(v(5)), row(v(5), { data: 'b' }), false), 'corruption'],
  ['damaged, and alive at one side', still(mirroring, expired(v(5)), row(v(5))), 'corruption'],

  ['the mirror is ahead', still(mirroring, row(v(5)), row(v(6))), 'rogue-writer'],
  ['the mirror is ahead by an epoch', still(mirroring, row(v(5)), row(v(1, 2))), 'rogue-writer'],
  ['the mirror has an entry of its own', still(mirroring, row(v(5)), waits(row(v(6)))), 'rogue-writer'],
  ['a session of the mirror alone', still(mirroring, nothing, row(v(6))), 'rogue-writer'],
  ['a tombstone of the mirror alone', still(mirroring, nothing, row(v(6), { data: null })), 'rogue-writer'],

  ['purged at the authority', still(mirroring, nothing, expired(v(6))), 'expired-only'],
  ['its tombstone purged at the authority', still(mirroring, nothing, expired(v(6), { data: null })), 'expired-only'],
  ['purged at the mirror', still(mirroring, expired(v(6)), nothing), 'expired-only'],
  ['expired at both, not carried', still(mirroring, expired(v(6)), expired(v(5))), 'expired-only'],
  ['expired at both, damaged', still(mirroring, expired(v(5)), expired(v(5), { data: 'b' })), 'expired-only'],
  ['expired before the backfill', still(mirroring, expired(v(6)), nothing, false), 'expired-only'],
  ['made shorter at the authority', still(mirroring, expired(v(6)), row(v(5))), 'lost-capture'],
  ['the older row has expired', still(mirroring, row(v(6)), expired(v(5))), 'lost-capture'],

  ['merge: the left side has an entry', still(merging, waits(row(v(6))), nothing), 'lag'],
  ['merge: the backfill is not there yet', still(merging, row(v(6)), nothing, false), 'not-covered'],
  ['merge: the left side has no entry', still(merging, row(v(6)), row(v(5))), 'lost-capture'],
  ['merge: the left side has a copy that nobody sent', still(merging, row(v(2, 2)), row(v(1, 2))), 'rogue-writer'],
  ['merge: the serving side is written, with an entry', still(merging, row(v(6)), waits(row(v(1, 2)))), 'lag'],
  ['merge: the serving side is written, without one', still(merging, row(v(6)), row(v(1, 2))), 'lost-capture'],
  ['merge: a new session, not covered', still(merging, nothing, row(v(1, 2)), false), 'lost-capture'],

  ['moved: carried back', still(moved, row(v(6)), waits(row(v(1, 2)))), 'lag'],
  ['moved: not carried back', still(moved, row(v(6)), row(v(1, 2))), 'lost-capture'],
  ['moved: lost at the mirror', still(moved, nothing, row(v(6))), 'lost-capture'],
  ['moved: the mirror is ahead', still(moved, row(v(7)), row(v(6))), 'rogue-writer'],
  ['moved: the mirror is ahead, with an entry', still(moved, waits(row(v(7))), row(v(6))), 'rogue-writer'],
  ['moved: the mirror is ahead in this epoch', still(moved, row(v(2, 2)), row(v(1, 2))), 'rogue-writer'],
  ['moved: purged at the authority', still(moved, expired(v(6)), nothing), 'expired-only'],

  ['merge back: the left side has an entry', still(mergingBack, row(v(6)), waits(row(v(9, 2)))), 'lag'],
  ['merge back: the left side has no entry', still(mergingBack, row(v(6)), row(v(9, 2))), 'lost-capture'],
  ['merge back: the left side has what it never wrote', still(mergingBack, row(v(6)), row(v(7))), 'rogue-writer'],
  ['merge back: an old entry waits', still(mergingBack, waits(row(v(6))), nothing, false), 'lag'],
];

describe('a verdict', () => {
  it.each(CASES)('%s', (_, sighting, kind) => {
    expect(judge(sighting).kind).toBe(kind);
  });

  it('takes a row that is carried while it is looked at for what it is', () => {
    const carried = { ...still(mirroring, nothing, nothing), before: row(v(5)), new: row(v(6)), after: row(v(7)) };
    expect(judge(carried).kind).toBe('caught-up');
  });

  it('compares the look at the newer row with a later one at the other', () => {
    // Written, carried and cleared between the looks: the first look at the old side shows what the new one has had.
    const written = { ...still(mirroring, row(v(7)), row(v(6))), before: row(v(6)) };
    expect(judge(written).kind).toBe('same');
    // Not in the first look, and ahead of the last one: it cannot have come from there.
    const ahead = { ...still(moved, row(v(5)), row(v(6))), before: row(v(6)) };
    expect(judge(ahead)).toMatchObject({ kind: 'lost-capture', newer: 'new' });
  });

  it('shows the rows that it was told from', () => {
    const verdict = judge(still(mirroring, row(v(6)), row(v(5))));
    expect([verdict.newer, verdict.old.row?.version, verdict.new.row?.version]).toEqual(['old', v(6), v(5)]);
  });
});
