import { versionOf } from '@switchyard/session-backends/fence';
import type { Belief, Fence, SiteName, Version } from '@switchyard/session-backends/fence';

/** A row of the session table. Keys and values are small numbers. */
export interface Row {
  readonly version: Version;
  /** Null: a tombstone. */
  readonly value: number | null;
  /** The clock at which it expires. */
  readonly expires: number;
  /** Which request wrote it. No database knows that; it is for checking only. */
  readonly writtenBy: number;
}

/** One database: what a statement that runs there can see and change. */
export interface Site {
  readonly name: SiteName;
  readonly fence: Fence;
  /** By key. */
  readonly rows: readonly (Row | null)[];
  /** By key: the version that the other side may not have yet, 0 for none. */
  readonly outbox: readonly Version[];
  /** By key: the backfill into this site has passed it. */
  readonly covered: readonly boolean[];
  /** By key: how often its row has been deleted for good here. Stands for the clock that a new row's counter starts at. */
  readonly purges: readonly number[];
}

/** A row that the worker has read at one site and that may arrive at the other one, late, often or never. */
export interface Copy {
  readonly to: SiteName;
  readonly key: number;
  /** Null: there was none; the backfill has then covered the key. */
  readonly row: Row | null;
  readonly moveId: string | null;
  /** The clock from which on it is refused. */
  readonly deadline: number;
}

export const versionText = (version: Version): string =>
  `${Math.floor(version / versionOf(1, 0))}.${version % versionOf(1, 0)}`;

const LETTERS = 'abcdefghij';

/** Values are told apart by the request that wrote them: 'a' was there at the start, 'b' is of the first request. */
export const valueText = (value: number): string => `'${LETTERS[value] ?? value}'`;

export const siteText = (site: SiteName): string => site.toUpperCase();

export const rowText = (row: Row | null): string =>
  row === null
    ? 'no row'
    : `${row.value === null ? 'a tombstone' : valueText(row.value)}, version ${versionText(row.version)}`;

export const beliefText = (belief: Belief): string =>
  `${siteText(belief.site)} is the authority of epoch ${belief.epoch}`;
