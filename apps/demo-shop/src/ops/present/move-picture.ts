import type { SiteName } from '@switchyard/session-backends/fence';
import type { BucketState } from '../status/bucket-states.ts';
import type { ConsoleStatus } from '../status/console-status.ts';
import { count, percent, plural, rate, short } from '../words/numbers.ts';
import { countStates } from './headline.ts';

export interface DatabaseBox {
  readonly name: string;
  readonly role: string;
  readonly rows: string;
  readonly isAway: boolean;
  /** It is the authority of some sessions. */
  readonly serves: boolean;
}

/** An arrow; it is drawn faint when nothing goes along it. */
export interface Flow {
  readonly isOn: boolean;
  readonly labels: readonly string[];
}

export interface MovePicture {
  readonly shop: string;
  readonly cache: { readonly label: string; readonly isThere: boolean };
  readonly old: DatabaseBox;
  readonly new: DatabaseBox;
  readonly toCache: Flow;
  readonly toOld: Flow;
  readonly toNew: Flow;
  readonly oldToNew: Flow;
  readonly newToOld: Flow;
  /** The whole picture in a sentence. */
  readonly description: string;
}

const OLD_SERVES: readonly BucketState[] = ['off', 'mirroring', 'merging-back'];
const NEW_SERVES: readonly BucketState[] = ['merging', 'moved', 'complete'];

export function movePicture(status: ConsoleStatus): MovePicture {
  const { buckets, fleet, move, fill } = status;
  const counts = countStates(buckets);
  const sum = (states: readonly BucketState[]): number =>
    states.reduce((total, state) => total + (counts[state] ?? 0), 0);
  const shares = { old: sum(OLD_SERVES) / 256, new: sum(NEW_SERVES) / 256 };
  const switching = counts.switching ?? 0;
  const looksAtBoth = (counts.merging ?? 0) + (counts['merging-back'] ?? 0);
  const isFilling = (counts.mirroring ?? 0) > 0 && (fill?.covered ?? 256) < 256;
  const old = databaseBox('old', status, shares.old, role('old'));
  const fresh = databaseBox('new', status, shares.new, role('new'));

  function role(side: SiteName): string {
    if (!move.sides[side].reachable) return 'does not answer';
    if (shares[side] > 0) return `serves ${percent(shares[side])}`;
    if (switching > 0) return 'is changing hands';
    if (side === 'new') return (counts.off ?? 0) === 256 ? 'idle' : isFilling ? 'is being filled' : 'follows';
    return (counts.complete ?? 0) === 256 ? 'emptied' : 'warm mirror';
  }

  const oldToNew = {
    isOn: (counts.mirroring ?? 0) + (counts.merging ?? 0) + switching > 0,
    labels: carried(move.lag.old?.entries, isFilling ? (fill?.rowsPerSecond ?? 0) : 0),
  };
  const newToOld = {
    isOn: (counts.moved ?? 0) + (counts['merging-back'] ?? 0) > 0,
    labels: carried(move.lag.new?.entries, 0),
  };
  return {
    shop: fleet.reporting === 0 ? 'no process reports' : plural(fleet.reporting, 'process', 'processes'),
    cache: {
      isThere: fleet.cache !== undefined,
      label: fleet.cache === undefined ? 'none' : `${percent(fleet.readShares?.cache ?? 0)} of reads`,
    },
    old,
    new: fresh,
    toCache: { isOn: (fleet.cache?.readsPerSecond ?? 0) > 0, labels: [] },
    toOld: traffic(shares.old > 0 || switching + looksAtBoth > 0, fleet.old),
    toNew: traffic(shares.new > 0 || switching + looksAtBoth > 0, fleet.new),
    oldToNew,
    newToOld,
    description:
      `The old database ${old.role}, the new one ${fresh.role}. ` +
      `${oldToNew.isOn ? 'Changes are carried from the old to the new one. ' : ''}` +
      `${newToOld.isOn ? 'Changes are carried from the new to the old one. ' : ''}` +
      `The cache answers ${percent(fleet.readShares?.cache ?? 0)} of the reads.`,
  };
}

function databaseBox(side: SiteName, { move, stats }: ConsoleStatus, share: number, role: string): DatabaseBox {
  const found = stats[side];
  const isAway = !move.sides[side].reachable;
  return {
    name: side === 'old' ? 'Old database' : 'New database',
    role,
    rows: isAway || found === undefined ? '' : `${found.isCounted ? '' : '≈ '}${short(found.live)} sessions`,
    isAway,
    serves: share > 0,
  };
}

const traffic = (
  isOn: boolean,
  { readsPerSecond, writesPerSecond }: { readonly readsPerSecond: number; readonly writesPerSecond: number },
): Flow => ({
  isOn,
  labels: isOn ? [`${rate(readsPerSecond)} reads/s`, `${rate(writesPerSecond)} writes/s`] : [],
});

function carried(waiting: number | undefined, filling: number): string[] {
  const labels = waiting === undefined ? [] : [waiting === 0 ? 'all across' : `${count(waiting)} to carry`];
  return filling > 0 ? [...labels, `${count(filling)} rows/s`] : labels;
}
