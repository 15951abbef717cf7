import { MECHANISMS } from './mechanisms.ts';
import type { Mechanism } from './mechanisms.ts';
import { PLAIN } from './scenario.ts';
import type { Scenario } from './scenario.ts';

/** A run of the model without one of its mechanisms. It has to end in a counterexample. */
export interface Mutant {
  readonly name: string;
  readonly title: string;
  readonly without: readonly Mechanism[];
  readonly scenario: Scenario;
}

const ONE_OF_EACH: Scenario = { ...PLAIN, kinds: { load: 1, save: 1, destroy: 1 } };
const BACK: Scenario = { ...ONE_OF_EACH, hops: 2 };
const PURGE: Scenario = { ...ONE_OF_EACH, hops: 3, purge: true, clock: 'hours' };
const EXPIRY: Scenario = {
  ...PLAIN,
  hops: 2,
  purge: true,
  clock: 'expiry',
  startsWith: 'short',
  kinds: { load: 1, save: 1, touch: 1 },
};
const UPDATES: Scenario = { ...PLAIN, requests: 4, kinds: { load: 2, update: 2 } };
const MOVES: Scenario = {
  ...ONE_OF_EACH,
  moveStands: 'not-begun',
  moves: 2,
  purge: true,
};
const CONTROLLERS: Scenario = {
  ...PLAIN,
  processes: 1,
  requests: 1,
  kinds: { save: 1 },
  moveStands: 'not-begun',
  moves: 2,
  disarm: true,
  controllers: 2,
};
const RACE: Scenario = {
  ...CONTROLLERS,
  kinds: { destroy: 1 },
  hops: 2,
  moveStands: 'mirrored',
  moves: 1,
  purge: true,
  clock: 'hours',
};
const NO_MOVE: Scenario = { ...UPDATES, hops: 0, lostAnswers: 1 };

const mutant = (
  name: string,
  without: Mechanism | readonly Mechanism[],
  scenario: Scenario,
  title?: string,
): Mutant => {
  const mechanisms = typeof without === 'string' ? [without] : without;
  const [first] = mechanisms;
  return { name, title: title ?? `left out: ${MECHANISMS[first as Mechanism]}`, without: mechanisms, scenario };
};

export const MUTANTS: readonly Mutant[] = [
  mutant('no-write-fence', 'writeFence', ONE_OF_EACH),
  mutant('no-read-fence', 'readFence', ONE_OF_EACH),
  mutant('no-table-lock', 'tableLock', ONE_OF_EACH),
  mutant('wrong-order', 'order', ONE_OF_EACH),
  mutant('no-merge-reads', 'mergeReads', ONE_OF_EACH),
  mutant('second-read-unfenced', 'secondReadFence', PURGE),
  mutant('merge-read-of-own-epoch', 'newerStartsOver', {
    ...EXPIRY,
    hops: 1,
    startsWith: 'live',
    kinds: { load: 1, save: 1 },
  }),
  mutant('merge-judged-by-two-clocks', 'oneClock', EXPIRY),
  mutant('adoption-of-another-epoch', 'adoptedEpoch', PURGE),
  mutant(
    'adoption-unguarded',
    ['adoptionFloor', 'adoptionBound'],
    PURGE,
    'left out: an adopted row is checked against the floor and against the end of the merge (either alone would do)',
  ),
  mutant('no-version-guard', 'versionGuard', ONE_OF_EACH),
  mutant('no-epoch-in-version', 'epochInVersion', PURGE),
  mutant('no-compare-and-set', 'compareAndSet', { ...UPDATES, hops: 0 }),
  mutant('save-as-upsert', 'updateOnly', ONE_OF_EACH),
  mutant('no-tombstones', 'tombstones', ONE_OF_EACH),
  mutant('touch-writes-data', 'touchKeepsData', { ...PLAIN, requests: 3, kinds: { load: 1, save: 1, touch: 1 } }),
  mutant('create-without-adoption', 'createAdopts', { ...PLAIN, kinds: { create: 1, destroy: 1 } }),
  mutant('rename-in-two-steps', 'renameAtomic', { ...PLAIN, keys: 2, kinds: { rename: 1, destroy: 1 } }),
  mutant('counter-from-one', 'risingCounter', { ...PURGE, hops: 2, kinds: { create: 1, destroy: 1, save: 1 } }),
  mutant('backfill-before-capture', 'capture', MOVES),
  mutant('no-outbox', 'outbox', ONE_OF_EACH),
  mutant('capture-from-activation', 'captureFromArm', BACK),
  mutant('parity-without-backfill', 'backfill', ONE_OF_EACH),
  mutant('backfill-counts-refused-rows', 'coveredIfThere', { ...PLAIN, requests: 0, clock: 'hours' }),
  mutant('no-parity-check', 'parity', ONE_OF_EACH),
  mutant('outbox-cleared-unconfirmed', 'clearConfirmed', ONE_OF_EACH),
  mutant('outbox-cleared-by-older-copy', 'clearByVersion', ONE_OF_EACH),
  mutant('outbox-cleared-when-expired', 'clearUnexpired', EXPIRY),
  mutant('no-origin-rule', 'origin', PURGE),
  mutant('armed-side-sends', 'sender', PURGE),
  mutant('no-floor', 'floor', PURGE),
  mutant('purge-of-dirty-rows', 'purgeClean', PURGE),
  mutant('purge-in-merge', 'purgeAfterMerge', PURGE),
  mutant('mirror-purge-unsettled', 'mirrorPurgeSettled', PURGE),
  mutant('mirror-purge-without-floor', 'floorAtMirror', PURGE),
  mutant('mirror-purge-of-later-epoch', 'mirrorPurgeEpoch', RACE),
  mutant('mirror-purge-at-once', 'mirrorPurgeLate', PURGE),
  mutant('expiry-in-the-past', 'expiryNotPast', EXPIRY),
  mutant('no-deadline', 'deadline', PURGE),
  mutant('move-id-unchecked', 'moveId', MOVES),
  mutant('restart-without-wipe', 'wipeBeforeMove', MOVES),
  mutant('cas-on-epoch-alone', 'wholeRowCas', CONTROLLERS),
  mutant('other-side-read-first', 'ownFirst', CONTROLLERS),
  mutant('disarm-opens-merge-again', 'disarmSettled', { ...PURGE, hops: 2, disarm: true }),
  mutant('start-trusts-armed', 'startDistrustsArmed', {
    ...PLAIN,
    startsWith: 'absent',
    restarts: 1,
    requests: 1,
    kinds: { createFresh: 1 },
  }),
  mutant('lost-write-sent-again', 'lostWriteIsNotRepeated', { ...PLAIN, hops: 0, lostAnswers: 1, kinds: { save: 2 } }),
  mutant('lost-touch-sent-again', 'lostWriteIsNotRepeated', {
    ...NO_MOVE,
    requests: 3,
    kinds: { load: 1, touch: 1, update: 1 },
  }),
  mutant('conflict-after-lost-answer', 'lostAnswerStaysOpen', {
    ...NO_MOVE,
    kinds: { load: 3, update: 2, destroy: 1 },
  }),
  mutant('own-write-by-equal-bytes', 'ownMark', { ...NO_MOVE, sameBytes: true }),
];
