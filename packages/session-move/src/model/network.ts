import { isForeign, maySend, mayClearOutbox, otherSite } from '@switchyard/session-backends/fence';
import type { SiteName } from '@switchyard/session-backends/fence';
import type { Has } from './mechanisms.ts';
import { isLive, versionAt } from './statements.ts';
import type { Write } from './statements.ts';
import type { Copy, Row, Site } from './world.ts';

/** What is on its way between the databases, or to one of them. */
export interface Network {
  /**
   * Every copy that the worker can have read so far. Each may arrive at any later time, any number of times, in any
   * order, or never: so copies are only ever added, at the earliest moment, and a loss needs no step of its own.
   */
  readonly copies: readonly Copy[];
  /** Writes whose sender has lost the connection. Each may still take effect, once. */
  readonly underWay: readonly { readonly to: SiteName; readonly write: Write }[];
}

export interface Storage {
  readonly old: Site;
  readonly new: Site;
  readonly network: Network;
}

export interface WorkerOptions {
  readonly has: Has;
  /** Rows may disappear from a site, so that a copy which is of no use now may be of use again. */
  readonly rowsDisappear: boolean;
  /** After how many strikes of the clock a copy is past its deadline. */
  readonly copyLife: number;
}

/**
 * What the worker does at once whenever it can: it reads every row that it may read, and clears every outbox entry that
 * it may clear. To do either later, or not at all, would only leave fewer steps possible afterwards: an entry that
 * stays forbids parity and purging and allows nothing, and a copy that was not read cannot arrive.
 */
export function absorb(options: WorkerOptions, storage: Storage, clock: number): Storage {
  const there = carry(options, storage.old, storage.new, clock);
  const back = carry(options, storage.new, storage.old, clock);
  const fresh = new Map(
    [...storage.network.copies, ...there.copies, ...back.copies].map((copy) => [JSON.stringify(copy), copy]),
  );
  const useful = [...fresh]
    .filter(([, copy]) => mayMatter(options, copy, copy.to === 'old' ? storage.old : storage.new, clock))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, copy]) => copy);
  return { old: there.source, new: back.source, network: { ...storage.network, copies: useful } };
}

function carry(
  { has, copyLife }: WorkerOptions,
  source: Site,
  destination: Site,
  clock: number,
): { source: Site; copies: Copy[] } {
  const { fence } = source;
  const moveId = fence.capture ? fence.moveId : has('capture') ? null : destination.fence.moveId;
  if (moveId === null || (has('sender') && !maySend(fence))) return { source, copies: [] };
  const to = destination.name;
  const copies = source.rows.map((row, key): Copy => {
    const foreign = row !== null && has('origin') && isForeign(row.version, fence);
    return { to, key, row: foreign ? null : row, moveId, deadline: clock + copyLife };
  });
  const outbox = source.outbox.map((entry, key) => {
    const row = source.rows[key] ?? null;
    return entry > 0 && mayClear(has, row, versionAt(destination, key), to, clock) ? 0 : entry;
  });
  const cleared = outbox.some((entry, key) => entry !== source.outbox[key]);
  return { source: cleared ? { ...source, outbox } : source, copies };
}

function mayClear(has: Has, row: Row | null, atDestination: number, destination: SiteName, clock: number): boolean {
  if (row === null || !has('clearConfirmed')) return true;
  if (!has('clearUnexpired') && !isLive({ ...row, value: 0 }, clock)) return true;
  if (!has('origin')) return atDestination >= row.version;
  return mayClearOutbox(row.version, atDestination, destination);
}

/** False for a copy that can never again change anything: it need not be remembered. */
function mayMatter({ has, rowsDisappear }: WorkerOptions, copy: Copy, destination: Site, clock: number): boolean {
  const { fence, covered } = destination;
  if (has('moveId') && copy.moveId !== fence.moveId) return false;
  if (has('deadline') && has('coveredIfThere') && clock >= copy.deadline) return false;
  if (!covered[copy.key]) return true;
  if (copy.row === null) return !has('moveId');
  if (has('floor') && has('moveId') && copy.row.version < fence.floor) return false;
  if (rowsDisappear || !has('versionGuard') || !has('clearByVersion')) return true;
  return copy.row.version > versionAt(destination, copy.key);
}

/** With clearing by version left out: the entries that a late confirmation of an older copy wipes out. */
export function wronglyCleared(source: Site, destination: Site, copies: readonly Copy[]): readonly number[] {
  const confirms = (entry: number, key: number): boolean =>
    copies.some(
      ({ to, key: copied, row }) =>
        to === otherSite(source.name) &&
        copied === key &&
        row !== null &&
        row.version < entry &&
        versionAt(destination, key) >= row.version,
    );
  return source.outbox.flatMap((entry, key) => (confirms(entry, key) ? [key] : []));
}
