import type { Flags, TwoFlagsScenario } from './two-flags.ts';

const OFF: Flags = [false, false];
const MIRROR: Flags = [true, false];
const ROUTED: Flags = [true, true];
const DONE: Flags = [false, true];

export interface Hazard {
  readonly name: string;
  readonly title: string;
  readonly scenario: TwoFlagsScenario;
  /** The same without what is hazardous about it: that must hold. */
  readonly control: Partial<TwoFlagsScenario>;
}

const BASE: TwoFlagsScenario = {
  old: true,
  new: true,
  flags: [OFF, MIRROR],
  spread: 'slowly',
  processes: 2,
  requests: { set: 1 },
  newFailsOnce: false,
  job: null,
};

/** What goes wrong with two flags alone. Each ends in a lost save, or in a session that was logged out and is back. */
export const HAZARDS: readonly Hazard[] = [
  {
    name: 'flags-seen-apart-save',
    title: 'two processes see a flag at different times: a stale copy is read',
    scenario: BASE,
    control: { spread: 'drained', flags: [MIRROR, ROUTED] },
  },
  {
    name: 'flags-seen-apart-logout',
    title: 'two processes see a flag at different times: a logged-out session comes back',
    scenario: { ...BASE, requests: { destroy: 1 } },
    control: { spread: 'drained', flags: [MIRROR, ROUTED] },
  },
  {
    name: 'flip-during-request',
    title: 'all processes see the flags at once, but one request is under way',
    scenario: { ...BASE, spread: 'at-once' },
    control: { flags: [OFF] },
  },
  {
    name: 'failed-save-swallowed',
    title: 'a save fails on the new side, and nobody is told',
    scenario: { ...BASE, flags: [MIRROR], processes: 1, newFailsOnce: true },
    control: { newFailsOnce: false },
  },
  {
    name: 'failed-delete-swallowed',
    title: 'a delete fails on the new side, and nobody is told',
    scenario: { ...BASE, flags: [MIRROR], processes: 1, requests: { destroy: 1 }, newFailsOnce: true },
    control: { newFailsOnce: false },
  },
  {
    name: 'backfill-inserts-if-absent',
    title: 'a backfill that inserts what is missing brings back a session that was logged out meanwhile',
    scenario: { ...BASE, new: false, flags: [MIRROR], processes: 1, requests: { destroy: 1 }, job: 'insert' },
    control: { job: null },
  },
  {
    name: 'backfill-overwrites',
    title: 'a backfill that overwrites loses a save made meanwhile',
    scenario: { ...BASE, flags: [MIRROR], processes: 1, job: 'overwrite' },
    control: { job: null },
  },
  {
    name: 'two-dual-writers',
    title: 'two requests write both stores in turn, and the stores end up different',
    scenario: { ...BASE, flags: [MIRROR, OFF], spread: 'drained', requests: { set: 2, load: 1 } },
    control: { processes: 1 },
  },
  {
    name: 'rollback-after-router-flag',
    title: 'the router flag is taken back: what was saved on the new side alone is gone',
    scenario: { ...BASE, flags: [DONE, OFF], spread: 'drained' },
    control: { flags: [DONE] },
  },
  {
    name: 'mover-deletes-under-reader',
    title: 'a mover copies and deletes while a reader looks at new, then at old: a live session is not found',
    scenario: { ...BASE, new: false, flags: [ROUTED], processes: 1, requests: { load: 1 }, job: 'move' },
    control: { job: 'insert' },
  },
  {
    name: 'barrier-without-draining',
    title:
      'the backfill waits until every process has acknowledged the flag, but a request begun before is still under way',
    scenario: { ...BASE, new: false, spread: 'acknowledged', job: 'insert' },
    control: { spread: 'drained' },
  },
];
