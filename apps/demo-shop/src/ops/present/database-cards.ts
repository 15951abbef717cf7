import type { SiteName } from '@switchyard/session-backends/fence';
import type { ConsoleStatus } from '../status/console-status.ts';
import { bytes, count, ms, percent, rate } from '../words/numbers.ts';

export interface DatabaseCard {
  readonly name: SiteName;
  readonly title: string;
  readonly state: string;
  readonly isAway: boolean;
  readonly why: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

const TITLES = { old: 'Old (main)', new: 'New (sessions)' };

export const databaseCards = (status: ConsoleStatus): DatabaseCard[] =>
  (['old', 'new'] as const).map((name) => databaseCard(name, status));

function databaseCard(name: SiteName, { move, stats, fleet }: ConsoleStatus): DatabaseCard {
  const probe = move.sides[name];
  const title = TITLES[name];
  if (!probe.reachable) return { name, title, state: 'away', isAway: true, why: probe.why, rows: [] };
  const found = stats[name];
  if (found === undefined)
    return {
      name,
      title,
      state: 'not migrated',
      isAway: false,
      why: '',
      rows: [['Lacks', `${probe.missing.slice(0, 3).join(', ')} …: npx switchyard migrate`]],
    };
  const about = found.isCounted ? '' : 'about ';
  const totals = fleet[name];
  return {
    name,
    title,
    state: probe.writable ? 'answers' : 'read only',
    isAway: false,
    why: '',
    rows: [
      ['Live sessions', `${about}${count(found.live)}`],
      ['Expired', `${found.isCounted ? '' : 'at least '}${count(found.expired)}`],
      ...(found.tombstones === undefined ? [] : [['Destroyed', count(found.tombstones)] as const]),
      ['Size', bytes(found.bytes)],
      ['Dead space', found.bytes === 0 ? '0 B' : `${bytes(found.deadBytes)}`],
      ['HOT updates', found.hotShare === undefined ? 'no updates yet' : percent(found.hotShare)],
      ['Answers within', `${ms(probe.p50Ms)} (worst ${ms(probe.p99Ms)})`],
      ['Shop’s statements', `${rate(totals.statementsPerSecond)} a second`],
      ...(totals.statementsPerSecond > 0 ? [['p50, p99', `${ms(totals.p50Ms)}, ${ms(totals.p99Ms)}`] as const] : []),
    ],
  };
}
