import {
  describeAge,
  describeVerify,
  type Lag,
  type MoveStatus,
  type ProcessSeen,
  type SideProbe,
} from '@switchyard/session-move';
import { print } from '../../output.ts';

/** A process that has reported this long ago may be stopped; it is harmless. */
const SILENT_MS = 10_000;
const PROCESSES_SHOWN = 12;

/** One screen. */
export function printStatus(status: MoveStatus): void {
  const { moveId, phases, moved, covered, lag, lastVerify, sides, fleet, verbs, log } = status;
  const share = ((moved / 256) * 100).toFixed(moved % 256 === 0 ? 0 : 1);
  print(
    `sessions  main → sessions   move ${moveId?.slice(0, 8) ?? 'none'}   ${share} % moved (${moved} of 256 buckets)`,
  );
  print(
    `phase     ${
      Object.entries(phases)
        .map(([phase, count]) => `${phase} ${count}`)
        .join(', ') || 'unknown: both databases have to answer'
    }`,
  );
  // What a complete move had copied does not matter any more.
  const filled = phases.complete === 256 ? 'over' : `${covered} of 256 buckets`;
  print(`backfill  ${filled}   verify ${describeVerify(lastVerify)}`);
  print(`lag       old → new ${describeLag(lag.old)}   new → old ${describeLag(lag.new)}`);
  print('');
  print('          answers      p50      p99    rows (est.)       size');
  print(`old       ${describeSide(sides.old)}`);
  print(`new       ${describeSide(sides.new)}`);
  print('');
  printFleet(fleet);
  print('');
  for (const { verb, safe, why } of verbs) print(`${safe ? 'safe     ' : 'not now  '} ${verb.padEnd(9)} ${why}`);
  if (log.length > 0) print('');
  for (const { at, actor, action } of log.slice(0, 5)) print(`${at.toISOString().slice(0, 19)}Z  ${actor}  ${action}`);
}

const describeLag = (lag: Lag | undefined): string => {
  if (lag === undefined) return '?';
  return lag.entries === 0 ? '0' : `${lag.entries} (oldest ${describeAge(lag.oldestMs)})`;
};

const ms = (value: number): string => `${value.toFixed(1)} ms`.padStart(9);

function describeSide(probe: SideProbe): string {
  if (!probe.reachable) return `no (${probe.why})`;
  const answers = probe.missing.length > 0 ? 'no tables' : probe.writable ? 'yes' : 'read only';
  return `${answers.padEnd(9)}${ms(probe.p50Ms)}${ms(probe.p99Ms)}${String(Math.round(probe.rows)).padStart(15)}${bytes(probe.bytes).padStart(11)}`;
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(count) / Math.log(1024)));
  return `${(count / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function printFleet(fleet: readonly ProcessSeen[]): void {
  const silent = fleet.filter(({ silentForMs }) => silentForMs > SILENT_MS).length;
  print(`processes ${fleet.length} seen${silent > 0 ? `, ${silent} silent (a stale process can do no harm)` : ''}`);
  for (const { name, role, silentForMs, lowestEpoch, highestEpoch, sides } of fleet.slice(0, PROCESSES_SHOWN)) {
    const epoch =
      highestEpoch === 0
        ? 'idle'
        : lowestEpoch === highestEpoch
          ? `epoch ${highestEpoch}`
          : `epochs ${lowestEpoch}–${highestEpoch}`;
    const part = (side: 'old' | 'new'): string => {
      const { statements, errors, p50Ms, p99Ms } = sides[side];
      return statements === 0
        ? `${side} –`
        : `${side} p50 ${p50Ms.toFixed(1)} p99 ${p99Ms.toFixed(1)} ms, ${errors} of ${statements} failed`;
    };
    print(`  ${role} ${name}   ${epoch}   ${describeAge(silentForMs)} ago   ${part('old')}   ${part('new')}`);
  }
  if (fleet.length > PROCESSES_SHOWN) print(`  … and ${fleet.length - PROCESSES_SHOWN} more; --json has them all`);
}
