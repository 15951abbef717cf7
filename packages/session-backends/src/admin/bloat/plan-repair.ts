import type { Diagnosis } from './diagnose-bloat.ts';
import { freshHeapBytes } from './estimate-fresh-size.ts';
import { findReplacement } from './find-replacement.ts';
import type { InspectedTable } from './inspect-table.ts';
import { deadBytes, type BloatSizes } from './measure-sizes.ts';
import { planHot, ROOMY } from './plan-hot.ts';
import { planVacuum } from './plan-vacuum.ts';
import { EXCLUSIVE, repairStep, type RepairStep } from './repair-step.ts';

const BYTES_PER_SECOND = 50 * 1024 * 1024;
/** Above this a page has no room to speak of. */
const FULL = 90;

/** What to run, in an order in which no step undoes another: what is written anew comes after how full it is to be. */
export function planRepair(table: InspectedTable, sizes: BloatSizes, found: Diagnosis): readonly RepairStep[] {
  const { fillfactor } = table.settings;
  const widened = found.noRoom || (found.blocking.length > 0 && fillfactor > FULL);
  const replacements = found.blocking.map((one) => findReplacement(table, one));
  const rewritten = (extraBytes: number): Partial<RepairStep> =>
    rewriteAll(sizes, extraBytes, widened ? ROOMY : fillfactor);
  const isRewritten = replacements.some(({ addColumn }) => addColumn !== undefined);
  return [
    ...planVacuum(table, sizes, found),
    ...planHot(table, found, { replacements, widened, rewritten }),
    ...planPacking(table, sizes, found, isRewritten, rewritten),
  ];
}

/** All of it written anew, as full as it is to be. */
function rewriteAll(sizes: BloatSizes, extraBytes: number, fillfactor: number): Partial<RepairStep> {
  const { rowBytes, liveRows, total } = sizes;
  if (rowBytes === undefined || sizes.toast.freshBytes === undefined || sizes.indexes.freshBytes === undefined)
    return { lock: EXCLUSIVE };
  const heap = freshHeapBytes(liveRows, rowBytes + extraBytes, fillfactor);
  const fresh = heap + sizes.toast.freshBytes + sizes.indexes.freshBytes;
  return {
    lock: EXCLUSIVE,
    freesBytes: total.bytes - fresh,
    timesSmaller: fresh > 0 ? total.bytes / fresh : undefined,
    lockSeconds: fresh / BYTES_PER_SECOND,
  };
}

/** What makes use of the dead space, or gives it back. */
function planPacking(
  { name }: InspectedTable,
  sizes: BloatSizes,
  found: Diagnosis,
  isRewritten: boolean,
  rewritten: (extraBytes: number) => Partial<RepairStep>,
): readonly RepairStep[] {
  const vacuum = (effect: string): RepairStep => repairStep(`vacuum (analyze) ${name};`, effect);
  if (found.notAnalyzed) return [vacuum('then look again: the server knows the rows')];
  if (isRewritten) return [vacuum('the server knows the new column, and its pages')];
  const dead = deadBytes(sizes.rows) + deadBytes(sizes.toast);
  const fresh = toMegabytes(sizes.total.freshBytes ?? 0);
  if (found.rowsBloated)
    return [
      vacuum(`up to ${toMegabytes(dead)} of dead space take new rows; the files stay as large`),
      repairStep(
        `vacuum (full, analyze) ${name};`,
        `writes the table and its indexes anew; takes ${fresh} of disk meanwhile`,
        { ...rewritten(0), instead: `pg_repack --no-order --table=${/^[\w.]+$/.test(name) ? name : `'${name}'`}` },
      ),
    ];
  const { bytes } = sizes.total;
  const freesBytes = deadBytes(sizes.indexes);
  if (found.indexesBloated)
    return [
      repairStep(`reindex table concurrently ${name};`, 'builds its indexes anew, one beside the other', {
        freesBytes,
        timesSmaller: bytes / (bytes - freesBytes),
      }),
    ];
  if (found.held.length > 0 || found.autovacuumOff !== undefined || found.autovacuumDue !== undefined)
    return [vacuum('what is dead takes new rows')];
  return [];
}

const toMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
