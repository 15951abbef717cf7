import type { TableColumn } from './read-table-columns.ts';
import type { IndexKey, TableIndex } from './read-table-indexes.ts';

// As PostgreSQL lays out a page: https://www.postgresql.org/docs/current/storage-page-layout.html
const PAGE = 8192;
const PAGE_HEADER = 24;
const POINTER = 4;
const ROW_HEADER = 23;
const INDEX_ROW_HEADER = 8;
/** What a page of a B-tree keeps for itself at its end. */
const BTREE_SPECIAL = 16;
/** Rows with the same key share an entry: so many bytes each, so many rows an entry. */
const SHARED_ROW = 6;
const ROWS_PER_ENTRY = 130;
/** For an expression that nobody has analysed. */
const UNKNOWN_WIDTH = 16;

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** Bytes of a row in its page; `undefined`: the table has never been analysed. */
export function rowBytes(columns: readonly TableColumn[]): number | undefined {
  const withNulls = columns.some(({ nullShare }) => nullShare > 0);
  const header = align(ROW_HEADER + (withNulls ? Math.ceil(columns.length / 8) : 0), 8);
  let bytes = 0;
  for (const { width, nullShare, alignment } of columns) {
    if (nullShare === 1) continue;
    if (width === undefined) return undefined;
    // Of a column that is seldom filled, its share.
    bytes = nullShare === 0 ? align(bytes, alignment) + width : bytes + (1 - nullShare) * width;
  }
  return header + align(bytes, 8);
}

/** Bytes of a heap into which so many rows of so many bytes have just been written. */
export function freshHeapBytes(rows: number, bytes: number, fillfactor: number): number {
  const room = (PAGE * fillfactor) / 100 - PAGE_HEADER;
  const perPage = Math.max(1, Math.floor(room / (bytes + POINTER)));
  return Math.ceil(rows / perPage) * PAGE;
}

/** Bytes of an index that has just been built; `undefined`: not known, as of any but a B-tree. */
export function freshIndexBytes(index: TableIndex, columns: readonly TableColumn[], rows: number): number | undefined {
  if (index.method !== 'btree') return undefined;
  const keys = index.keys.map((key) => describeKey(key, columns));
  const entries = index.rows ?? rows;
  const key = keys.reduce((sum, { width, alignment }) => align(sum, alignment) + width, 0);
  const entry = align(INDEX_ROW_HEADER + key, 8) + POINTER;
  const distinct = keys.reduce((product, one) => product * distinctOf(one.distinct, entries), 1);
  const shared =
    index.unique || distinct >= entries
      ? Infinity
      : entries * SHARED_ROW + Math.max(distinct, entries / ROWS_PER_ENTRY) * entry;
  const room = ((PAGE - PAGE_HEADER - BTREE_SPECIAL) * index.fillfactor) / 100;
  const leaves = Math.ceil(Math.min(entries * entry, shared) / room);
  // Above some hundred leaves there is one page more, and one for the index itself.
  return (leaves + (leaves > 1 ? Math.ceil(leaves / 200) : 0) + 1) * PAGE;
}

interface Key {
  readonly width: number;
  readonly alignment: number;
  readonly distinct: number | undefined;
}

function describeKey({ column, width, distinct }: IndexKey, columns: readonly TableColumn[]): Key {
  const of = columns.find(({ number }) => number === column);
  if (of === undefined) return { width: width ?? UNKNOWN_WIDTH, alignment: 1, distinct };
  return { width: of.width ?? UNKNOWN_WIDTH, alignment: of.alignment, distinct: of.distinct };
}

/** Unknown counts as all different: that makes the larger index. */
const distinctOf = (distinct: number | undefined, rows: number): number => {
  if (distinct === undefined || distinct === 0) return rows;
  return Math.max(1, distinct < 0 ? -distinct * rows : distinct);
};
