import { PLAIN } from './scenario.ts';
import type { Scenario } from './scenario.ts';

interface Bounded {
  readonly normal: Scenario;
  /** Larger bounds, for --deep. */
  readonly deep: Partial<Scenario>;
}

const hop = (epoch: number): string[] => [`arm-${epoch}`, `commit-${epoch}`, `activate-${epoch}`, `parity-${epoch}`];
const MERGE = ['merge-read', 'adopt', 'bounce', 'start-over'];

const SCENARIOS: readonly Bounded[] = [
  {
    normal: {
      ...PLAIN,
      name: 'three-hops',
      title:
        'there, back and there again, arms taken back; copies late, repeated, reordered or lost; purge on both sides',
      requests: 3,
      kinds: { load: 1, save: 1, destroy: 1 },
      hops: 3,
      purge: true,
      clock: 'hours',
      disarm: true,
      mustReach: [
        'disarm-1',
        'disarm-2',
        'disarm-3',
        ...hop(2),
        ...hop(3),
        ...hop(4),
        ...MERGE,
        'copy',
        'purge-authority',
        'purge-mirror',
        'settle-4',
      ],
    },
    deep: { processes: 3, kinds: { load: 1, save: 2, destroy: 1 } },
  },
  {
    normal: {
      ...PLAIN,
      name: 'three-requests',
      title: 'there, back and there again, with three requests at once and no copies but adoptions',
      hops: 3,
      processes: 3,
      requests: 3,
      copies: false,
      moveStands: 'mirrored',
      kinds: { load: 1, save: 1, destroy: 1 },
      mustReach: [...hop(2), ...MERGE, 'commit-4', 'save-gone'],
    },
    deep: { requests: 4, kinds: { load: 1, save: 2, destroy: 1 } },
  },
  {
    normal: {
      ...PLAIN,
      name: 'compare-and-set',
      title: 'saves that say which version they have loaded, and touches; there and back',
      hops: 2,
      requests: 4,
      kinds: { load: 2, update: 2, touch: 1, destroy: 1 },
      mustReach: [...hop(3), 'update-ok', 'update-conflict', 'update-gone', 'touch-ok', 'touch-gone', 'adopt'],
    },
    deep: { hops: 3, processes: 3 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'create',
      title: 'a session with a fresh key, created at any moment of the move; there, back and there again',
      hops: 3,
      startsWith: 'absent',
      requests: 3,
      kinds: { createFresh: 1, save: 1, destroy: 1 },
      mustReach: [...hop(4), 'createFresh-ok', 'destroy-ok', 'save-ok', 'save-gone'],
    },
    deep: { processes: 3, purge: true, clock: 'hours' },
  },
  {
    normal: {
      ...PLAIN,
      name: 'create-again',
      title: 'creates of a key that has been in use, before and after its tombstone is purged',
      hops: 2,
      requests: 3,
      kinds: { create: 2, destroy: 1 },
      purge: true,
      clock: 'hours',
      mustReach: [...hop(3), 'create-ok', 'create-taken', 'purge-authority', 'purge-mirror', 'adopt-nothing'],
    },
    deep: { hops: 3, kinds: { create: 2, destroy: 1, save: 1 } },
  },
  {
    normal: {
      ...PLAIN,
      name: 'rename',
      title: 'a new key for a session, in one transaction, against saves and logouts of both keys',
      keys: 2,
      requests: 3,
      kinds: { load: 1, rename: 1, save: 1, destroy: 1 },
      mustReach: [...hop(2), 'rename-ok', 'rename-gone', 'rename-conflict', 'adopt'],
    },
    deep: { hops: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'expiry',
      title: 'sessions that expire, are made longer or shorter, and are purged on both sides; there and back',
      hops: 2,
      startsWith: 'short',
      kinds: { load: 1, save: 1, touch: 1 },
      purge: true,
      clock: 'expiry',
      mustReach: [...hop(3), 'clock-2', 'touch-ok', 'touch-gone', 'load-absent', 'purge-authority', 'purge-mirror'],
    },
    deep: { hops: 3, kinds: { load: 1, save: 2, touch: 1, destroy: 1 } },
  },
  {
    normal: {
      ...PLAIN,
      name: 'two-moves',
      title: 'a move that begins, is cancelled or completed, and another one that begins, in either direction',
      hops: 2,
      moveStands: 'not-begun',
      moves: 2,
      disarm: true,
      purge: true,
      clock: 'hours',
      kinds: { save: 1, destroy: 1 },
      mustReach: [...hop(3), 'capture-1', 'stop-capture-1', 'prepare-1', 'prepare-2', 'wipe-2', 'disarm-1', 'settle-2'],
    },
    deep: { hops: 3, moves: 3 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'two-controllers',
      title: 'two controllers that act on what they read a while ago: capture, switch, take back, cancel, complete',
      hops: 2,
      processes: 1,
      requests: 1,
      kinds: { save: 1, destroy: 1 },
      moveStands: 'not-begun',
      moves: 2,
      disarm: true,
      controllers: 2,
      mustReach: [...hop(3), 'capture-1', 'stop-capture-1', 'prepare-1', 'cas-refused', 'disarm-1', 'wipe-2'],
    },
    deep: { processes: 2, requests: 2, purge: true, clock: 'hours' },
  },
  {
    normal: {
      ...PLAIN,
      name: 'racing-controllers',
      title: 'two controllers that switch there, back and there again and take arms back, while both sides are purged',
      hops: 3,
      processes: 1,
      requests: 1,
      kinds: { save: 1, destroy: 1 },
      moveStands: 'mirrored',
      disarm: true,
      controllers: 2,
      purge: true,
      clock: 'hours',
      mustReach: [...hop(4), 'cas-refused', 'disarm-1', 'disarm-2', 'disarm-3', 'purge-mirror'],
    },
    deep: { processes: 2, requests: 2, hops: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'lost-answers',
      title: 'compare-and-set saves and logouts whose answers are lost: they happen later, or never, and are settled',
      requests: 3,
      kinds: { load: 2, update: 2, destroy: 1 },
      lostAnswers: 2,
      mustReach: [...hop(2), 'lost-answer', 'late-write', 'late-write-refused', 'repeat', 'unknown-outcome'],
    },
    deep: { hops: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'lost-blind-answers',
      title: 'saves without a version, and touches, whose answer is lost',
      requests: 3,
      kinds: { save: 2, touch: 1, destroy: 1 },
      lostAnswers: 1,
      mustReach: ['lost-answer', 'late-write', 'unknown-outcome', 'save-gone'],
    },
    deep: { hops: 2, lostAnswers: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'lost-same-bytes',
      title: 'two requests that write the same bytes, one of which loses its answer',
      requests: 4,
      kinds: { load: 2, update: 2 },
      lostAnswers: 1,
      sameBytes: true,
      mustReach: ['lost-answer', 'late-write', 'repeat', 'unknown-outcome'],
    },
    deep: { hops: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'lost-create',
      title: 'a create whose answer is lost',
      hops: 2,
      startsWith: 'absent',
      requests: 3,
      kinds: { createFresh: 1, save: 1, destroy: 1 },
      lostAnswers: 1,
      mustReach: ['lost-answer', 'late-write', 'unknown-outcome', 'createFresh-ok'],
    },
    deep: { hops: 3 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'lost-rename',
      title: 'a rename whose answer is lost',
      keys: 2,
      kinds: { load: 1, rename: 1, destroy: 1 },
      lostAnswers: 1,
      mustReach: ['lost-answer', 'late-write', 'unknown-outcome', 'rename-ok'],
    },
    deep: { hops: 2 },
  },
  {
    normal: {
      ...PLAIN,
      name: 'restarts',
      title: 'processes killed and started again at any moment, with one database out of reach or not',
      hops: 2,
      disarm: true,
      restarts: 2,
      mustReach: [...hop(3), 'restart', 'started', 'disarm-1', 'disarm-2'],
    },
    deep: { hops: 3 },
  },
];

export const scenarios = (deep: boolean): readonly Scenario[] =>
  SCENARIOS.map(({ normal, deep: larger }) => (deep ? { ...normal, ...larger } : normal));

/** The bounds of a scenario, in words. */
export function boundOf(scenario: Scenario): string {
  const { processes, requests, kinds, hops, keys, copies, purge, clock, moves, controllers, lostAnswers, restarts } =
    scenario;
  const kindText = Object.entries(kinds)
    .map(([kind, most]) => `${most} ${kind}`)
    .join(', ');
  return [
    `${requests} of {${kindText}} in ${processes} processes`,
    `${hops} ${hops === 1 ? 'switch' : 'switches'}`,
    `${keys} ${keys === 1 ? 'key' : 'keys'}`,
    copies ? 'any number of copies' : 'no copies',
    purge && 'purge',
    clock !== 'stands' && `clock: ${clock}`,
    moves > 1 && `${moves} moves`,
    controllers > 0 && `${controllers} controllers`,
    lostAnswers > 0 && `${lostAnswers} lost answers`,
    restarts > 0 && `${restarts} restarts`,
  ]
    .filter(Boolean)
    .join('; ');
}
