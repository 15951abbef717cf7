import { longLife } from './budget.ts';
import { versionOf } from '@switchyard/session-backends/fence';
import type { Fence } from '@switchyard/session-backends/fence';
import { ABSENT, startHistory } from './history.ts';
import type { Entry, History } from './history.ts';
import { BEFORE_THE_MOVE } from './probe.ts';
import type { Process } from './request.ts';
import type { Scenario } from './scenario.ts';
import type { Row, Site } from './world.ts';

const START_VERSION = versionOf(1, 1);

const expiryAtStart = (scenario: Scenario): number => (scenario.startsWith === 'short' ? 1 : longLife(scenario));

/** Key 0 is the session of the scenario; a second key is what it may be renamed to. */
export function startSites(scenario: Scenario): { old: Site; new: Site } {
  const { keys, moveStands, startsWith } = scenario;
  const fence = (state: Fence['state'], capture: boolean): Fence => ({
    epoch: 1,
    state,
    merge: false,
    floor: 0,
    capture,
    moveId: moveStands === 'not-begun' ? null : 'm1',
  });
  const row: Row | null =
    startsWith === 'absent'
      ? null
      : { version: START_VERSION, value: 0, expires: expiryAtStart(scenario), writtenBy: 0 };
  const rowsOf = (first: Row | null): (Row | null)[] =>
    Array.from({ length: keys }, (_, key) => (key === 0 ? first : null));
  const every = <T>(value: T): T[] => Array.from({ length: keys }, () => value);
  const mirrored = moveStands === 'mirrored';
  return {
    old: {
      name: 'old',
      fence: fence('auth', moveStands !== 'not-begun'),
      rows: rowsOf(row),
      outbox: every(0),
      covered: every(true),
      purges: every(0),
    },
    new: {
      name: 'new',
      fence: fence('idle', false),
      rows: rowsOf(mirrored ? row : null),
      outbox: every(0),
      covered: every(mirrored),
      purges: every(0),
    },
  };
}

export function startingHistory(scenario: Scenario): History {
  const live: Entry = { ...ABSENT, status: 'live', expires: expiryAtStart(scenario) };
  return startHistory(
    Array.from({ length: scenario.keys }, (_, key) => (key === 0 && scenario.startsWith !== 'absent' ? live : ABSENT)),
  );
}

export const startingProcess: Process = { belief: BEFORE_THE_MOVE, seen: null, starting: null, request: null };
