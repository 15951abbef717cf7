import { findChangingColumns, isMadeOf } from './find-changing-columns.ts';
import type { InspectedTable } from './inspect-table.ts';
import { deadBytes, type BloatSizes, type Size } from './measure-sizes.ts';
import type { TableColumn } from './read-table-columns.ts';
import type { TableIndex } from './read-table-indexes.ts';
import type { VacuumHolder } from './read-vacuum-holders.ts';

/** An index that reads columns which saves change: no save of these is a HOT update. */
export interface BlockingIndex {
  readonly index: TableIndex;
  readonly columns: readonly TableColumn[];
}

/** What is wrong with a table's space, and why. */
export interface Diagnosis {
  /** Of its updates, from 0 to 1; `undefined`: none was counted. */
  readonly hotShare: number | undefined;
  readonly blocking: readonly BlockingIndex[];
  /** Few updates are HOT, and no name of an indexed column says why. */
  readonly hotUnexplained: boolean;
  /** Its pages are filled to the brim. */
  readonly noRoom: boolean;
  readonly autovacuumOff: 'server' | 'table' | undefined;
  /** Dead rows from which on autovacuum comes, where it has not come, or not often enough. */
  readonly autovacuumDue: number | undefined;
  /** The oldest first. */
  readonly held: readonly VacuumHolder[];
  readonly rowsBloated: boolean;
  readonly indexesBloated: boolean;
  /** Nobody knows how wide its rows are. */
  readonly notAnalyzed: boolean;
}

const MB = 1024 * 1024;
/** As many times its fresh size, and as much more than that, are worth a word. */
const BLOATED = 1.5;
const BLOATED_BYTES = MB;
/** A share of HOT updates that is as it should be; of so many updates, to say anything. */
const HOT_WELL = 0.9;
const HOT_POOR = 0.5;
const COUNTED = 1_000;
/** Above this, a page has no room for the next version of a row. */
const FULL = 90;
/** So many times the rows at which autovacuum should have come. */
const OVERDUE = 2;
const FEW_DEAD = 1_000;
/** What has no time of beginning counts as long after so many transactions. */
const MANY_TRANSACTIONS = 100_000;
/** From here on an index of block ranges does not count for HOT. */
const BRIN_IS_FINE = 160_000;

/** @param longSeconds A transaction that is open for as long, or longer, is one too many. */
export function diagnoseBloat(table: InspectedTable, sizes: BloatSizes, longSeconds: number): Diagnosis {
  const { space, settings, holders } = table;
  const hotShare = space.updates > 0 ? space.hotUpdates / space.updates : undefined;
  const counted = hotShare !== undefined && space.updates >= COUNTED;
  const well = counted && hotShare >= HOT_WELL;
  const blocking = well ? [] : findBlocking(table, sizes.liveRows);
  const noRoom = !well && hotShare !== undefined && settings.fillfactor > FULL;
  const autovacuumOff = settings.serverOn ? (settings.tableOn ? undefined : 'table') : 'server';
  const held = holders.holders.filter(({ seconds, transactions }) =>
    seconds === undefined ? transactions >= MANY_TRANSACTIONS : seconds >= longSeconds,
  );
  const due = Math.min(
    settings.threshold + settings.scaleFactor * Math.max(settings.countedRows ?? 0, 0),
    settings.maxThreshold ?? Infinity,
  );
  const overdue = sizes.deadRows >= Math.max(FEW_DEAD, OVERDUE * due);
  const rowsBloated = isBloated(sizes.rows) || isBloated(sizes.toast);
  return {
    hotShare,
    blocking,
    hotUnexplained:
      counted && hotShare < HOT_POOR && blocking.length === 0 && !noRoom && held.length === 0 && !hasCoarse(table),
    noRoom,
    autovacuumOff,
    autovacuumDue: autovacuumOff === undefined && held.length === 0 && overdue ? Math.round(due) : undefined,
    held,
    rowsBloated,
    indexesBloated: isBloated(sizes.indexes),
    notAnalyzed: sizes.total.freshBytes === undefined && sizes.rows.bytes >= BLOATED_BYTES,
  };
}

function findBlocking({ columns, indexes, serverVersion }: InspectedTable, rows: number): readonly BlockingIndex[] {
  const changing = findChangingColumns(columns, rows);
  return indexes
    .filter(({ method }) => method !== 'brin' || serverVersion < BRIN_IS_FINE)
    .map((index) => ({ index, columns: changing.filter(({ number }) => index.reads.includes(number)) }))
    .filter((one) => one.columns.length > 0);
}

/** An index on the hour of the expiry: whoever saves less than once an hour has few HOT updates, and is well. */
const hasCoarse = ({ columns, indexes }: InspectedTable): boolean =>
  columns.some(
    (column) =>
      columns.some((base) => base.isTime && isMadeOf(column, base)) &&
      indexes.some(({ reads }) => reads.includes(column.number)),
  );

const isBloated = (size: Size): boolean =>
  size.freshBytes !== undefined && deadBytes(size) >= BLOATED_BYTES && size.bytes >= BLOATED * size.freshBytes;
