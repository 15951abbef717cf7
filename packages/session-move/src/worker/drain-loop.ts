import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveSide } from '../move-side.ts';
import type { Alarm } from './alarm.ts';
import { drainRound, type DrainRound } from './drain-round.ts';
import { readLag } from './read-lag.ts';
import type { Term } from './term.ts';
import type { WorkerLog } from './worker-status.ts';

export interface DrainLoopOptions {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly term: Pick<Term, 'isOn'>;
  readonly log: WorkerLog;
  /** Of the sides that can wake it; without any, it looks by itself. */
  readonly alarms: readonly Alarm[];
  /** After each round. */
  readonly onRound: (round: DrainRound) => void;
}

const SIDES: readonly SiteName[] = ['old', 'new'];
const LAG_EVERY_MS = 1_000;
/** Between two rounds while there is something to do: so many writes share a batch. */
const GATHER_MS = 20;
const FIRST_POLL_MS = 100;
const LAST_POLL_MS = 1_000;
/** The alarm is set again at every poll. */
const ALARM_MS = 3 * LAST_POLL_MS;

/**
 * One round of draining, for Term.repeat: resolves to how long to rest. Soon again while there is something to do; then
 * later and later, and asleep where writers can wake it. It is never slowed down by what it costs: a list that grows
 * faster than it is carried would never be empty.
 */
export function drainLoop({
  sides,
  term,
  log,
  alarms,
  onRound,
}: DrainLoopOptions): (woken: boolean) => Promise<number> {
  let idle = 0;
  let isAlarmSet = false;
  let lagReadAt = Number.NEGATIVE_INFINITY;
  let refusedBefore: DrainRound['refused'] = { old: 0, new: 0 };

  const setAlarms = async (set: boolean): Promise<void> => {
    if (!set && !isAlarmSet) return;
    await Promise.all(alarms.map((alarm) => (set ? alarm.set(ALARM_MS) : alarm.unset())));
    isAlarmSet = set;
  };

  const lookAtLag = async ({ capturing }: DrainRound): Promise<void> => {
    if (performance.now() - lagReadAt < LAG_EVERY_MS) return;
    lagReadAt = performance.now();
    for (const side of SIDES)
      log.status.lag[side] = capturing.includes(side)
        ? await readLag(sides[side].database)
        : { entries: 0, oldestMs: 0 };
  };

  /** Twice in a row: a fence that changes between reading a row and sending it is no loss. */
  const lookAtRefused = ({ refused }: DrainRound): void => {
    const { lost } = log.status;
    for (const from of SIDES) {
      const entries = Math.min(refused[from], refusedBefore[from]);
      if (entries > lost[from]) log.report({ kind: 'lost-at-destination', from, entries });
      lost[from] = entries;
    }
    refusedBefore = refused;
  };

  return async (woken) => {
    if (woken) idle = 0;
    const [round] = await Promise.all([drainRound(sides, term.isOn), woken && setAlarms(false)]);
    onRound(round);
    lookAtRefused(round);
    await lookAtLag(round);
    if (round.cleared > 0) {
      idle = 0;
      await setAlarms(false);
      return GATHER_MS;
    }
    const restMs = Math.min(LAST_POLL_MS, FIRST_POLL_MS * 1.5 ** idle++);
    if (alarms.length === 0 || round.capturing.length === 0 || restMs < 2 * FIRST_POLL_MS) return restMs;
    // What was written while nobody had to wake us is looked for once more.
    const isFirst = !isAlarmSet;
    await setAlarms(true);
    return isFirst ? 0 : LAST_POLL_MS;
  };
}
