import { freshHeapBytes, freshIndexBytes, rowBytes } from './estimate-fresh-size.ts';
import type { InspectedTable } from './inspect-table.ts';

/** In bytes. */
export interface Size {
  readonly bytes: number;
  /** What the live rows would take if all were written anew, as full as the settings say. `undefined`: not known. */
  readonly freshBytes: number | undefined;
}

export interface BloatSizes {
  readonly rows: Size;
  /** What is kept out of line. */
  readonly toast: Size;
  readonly indexes: Size;
  readonly total: Size;
  /** Measured by pgstattuple: the live rows. All else is estimated, and all of it where this is false. */
  readonly measured: boolean;
  readonly liveRows: number;
  readonly deadRows: number;
  /** Of a live row, in its page. `undefined`: not known. */
  readonly rowBytes: number | undefined;
}

const PAGE = 8192;
/** Values out of line are cut so that four pieces fill a page. */
const PIECES_PER_PAGE = 4;
const TOAST_INDEX_SHARE = 0.02;

/** What a table takes, and what it would take freshly packed. */
export function measureSizes(table: InspectedTable): BloatSizes {
  const { space, settings, measured, columns } = table;
  const liveRows = measured?.liveRows ?? (space.liveRows > 0 ? space.liveRows : (settings.countedRows ?? 0));
  const perRow =
    measured !== undefined && measured.liveRows > 0 ? measured.liveBytes / measured.liveRows : rowBytes(columns);
  const rows: Size = {
    bytes: space.tableBytes - space.toastBytes,
    freshBytes: liveRows === 0 ? 0 : perRow && freshHeapBytes(liveRows, perRow, settings.fillfactor),
  };
  const toast = { bytes: space.toastBytes, freshBytes: freshToast(table) };
  const indexes = {
    bytes: space.indexBytes,
    freshBytes:
      perRow === undefined && liveRows > 0
        ? undefined
        : table.indexes.reduce(
            (sum, one) => sum + Math.min(one.bytes, freshIndexBytes(one, columns, liveRows) ?? one.bytes),
            0,
          ),
  };
  return {
    rows: atMostAsNow(rows),
    toast: atMostAsNow(toast),
    indexes: atMostAsNow(indexes),
    total: sumOf([rows, toast, indexes].map(atMostAsNow)),
    measured: measured !== undefined,
    liveRows,
    deadRows: measured?.deadRows ?? space.deadRows,
    rowBytes: perRow,
  };
}

export const deadBytes = ({ bytes, freshBytes }: Size): number => (freshBytes === undefined ? 0 : bytes - freshBytes);

function freshToast({ space: { toastBytes }, toast: { live, dead } }: InspectedTable): number {
  // Nobody has counted the pieces, or there are none.
  if (live + dead === 0) return toastBytes;
  return PAGE + Math.ceil(live / PIECES_PER_PAGE) * PAGE * (1 + TOAST_INDEX_SHARE);
}

/** An estimate above what is there says that nothing is to be had. */
const atMostAsNow = ({ bytes, freshBytes }: Size): Size => ({
  bytes,
  freshBytes: freshBytes === undefined ? undefined : Math.round(Math.min(bytes, freshBytes)),
});

const sumOf = (sizes: readonly Size[]): Size =>
  sizes.reduce((sum, { bytes, freshBytes }) => ({
    bytes: sum.bytes + bytes,
    freshBytes: sum.freshBytes === undefined || freshBytes === undefined ? undefined : sum.freshBytes + freshBytes,
  }));
