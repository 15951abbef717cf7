import { percent } from './describe-findings.ts';
import type { Diagnosis } from './diagnose-bloat.ts';
import { freshHeapBytes } from './estimate-fresh-size.ts';
import { findReplacement, type Replacement } from './find-replacement.ts';
import type { InspectedTable } from './inspect-table.ts';
import { deadBytes, type BloatSizes } from './measure-sizes.ts';
import type { VacuumHolder } from './read-vacuum-holders.ts';

/** One thing to do about a table. Nothing of it has been done. */
export interface RepairStep {
  /** SQL, unless it says otherwise. */
  readonly run: string;
  /** A command that does the same without a long lock, if there is one. */
  readonly instead: string | undefined;
  readonly effect: string;
  /** Who waits for whom meanwhile. */
  readonly lock: string;
  /** Bytes given back to the file system; below 0, taken; `undefined`: none. */
  readonly freesBytes: number | undefined;
  /** How many times smaller the whole is then. `undefined`: as large as before. */
  readonly timesSmaller: number | undefined;
  /** For how long everybody waits, at 50 MB a second; `undefined`: for a moment at most. */
  readonly lockSeconds: number | undefined;
}

const ROOMY = 70;
const EAGER_SHARE = 0.02;
const EAGER_ROWS = 500;
const BYTES_PER_SECOND = 50 * 1024 * 1024;
const HOUR_BYTES = 8;
const NOBODY = 'nobody waits';
const EXCLUSIVE = `everybody waits while it runs (ACCESS EXCLUSIVE), and from when it waits itself: give "set lock_timeout = '2s'" first`;

/** What to run, in an order in which no step undoes another. */
export function planRepair(table: InspectedTable, sizes: BloatSizes, found: Diagnosis): readonly RepairStep[] {
  const { name, settings } = table;
  const steps: RepairStep[] = [];
  const add = (run: string, effect: string, more: Partial<RepairStep> = {}): void =>
    void steps.push({
      run,
      effect,
      instead: undefined,
      lock: NOBODY,
      freesBytes: undefined,
      timesSmaller: undefined,
      lockSeconds: undefined,
      ...more,
    });
  const widened = found.noRoom || (found.blocking.length > 0 && settings.fillfactor > 90);
  const replacements = found.blocking.map((one) => findReplacement(table, one));
  const columns = new Map(
    replacements.flatMap(({ addColumn }) => (addColumn === undefined ? [] : [[addColumn.name, addColumn.expression]])),
  );
  const total = sizes.total.bytes;

  /** All of it written anew, as full as it is to be. */
  const rewritten = (extraBytes = 0): Partial<RepairStep> => {
    const { rowBytes, liveRows } = sizes;
    if (rowBytes === undefined || sizes.toast.freshBytes === undefined || sizes.indexes.freshBytes === undefined)
      return { lock: EXCLUSIVE };
    const heap = freshHeapBytes(liveRows, rowBytes + extraBytes, widened ? ROOMY : settings.fillfactor);
    const fresh = heap + sizes.toast.freshBytes + sizes.indexes.freshBytes;
    return {
      lock: EXCLUSIVE,
      freesBytes: total - fresh,
      timesSmaller: fresh > 0 ? total / fresh : undefined,
      lockSeconds: fresh / BYTES_PER_SECOND,
    };
  };

  for (const holder of found.held)
    add(endOf(holder), 'lets a vacuum remove what has died since', { lock: lossOf(holder) });
  if (found.autovacuumOff === 'table')
    add(`alter table ${name} reset (autovacuum_enabled);`, 'autovacuum comes by itself again');
  if (found.autovacuumOff === 'server')
    add(
      'alter system set autovacuum = on; alter system set track_counts = on; select pg_reload_conf();',
      'autovacuum comes by itself again',
    );
  if (found.autovacuumDue !== undefined || (found.autovacuumOff !== undefined && found.rowsBloated)) {
    const isEager = settings.scaleFactor <= EAGER_SHARE;
    if (isEager && found.autovacuumDue !== undefined)
      add(
        `alter system set autovacuum_naptime = '15s'; select pg_reload_conf();`,
        'autovacuum looks for work every 15 s; if it still does not keep up, it needs more autovacuum_max_workers',
      );
    if (!isEager)
      add(
        `alter table ${name} set (autovacuum_vacuum_scale_factor = ${EAGER_SHARE}, autovacuum_vacuum_threshold = ${EAGER_ROWS}, autovacuum_vacuum_cost_delay = 0);`,
        `autovacuum comes at ${Math.round(EAGER_ROWS + EAGER_SHARE * sizes.liveRows).toLocaleString('en')} dead rows, and does not rest in between`,
      );
  }
  if (widened)
    add(
      `alter table ${name} set (fillfactor = ${ROOMY});`,
      'pages that are written from now on keep room for the next version of a row',
    );
  if (columns.size > 0) {
    const added = [...columns].map(
      ([hour, expression]) => `add column ${hour} timestamp generated always as (${expression}) stored`,
    );
    add(
      `alter table ${name} ${added.join(', ')};`,
      'an hour, in the place of a time that changes with every save; writes the table and its indexes anew, without what is dead',
      rewritten(HOUR_BYTES * columns.size),
    );
  }
  for (const [hour, now] of new Map(
    replacements.flatMap((one) => (one.indexColumn ? [[one.indexColumn, one.now]] : [])),
  ))
    add(
      `create index concurrently on ${name} (${hour});`,
      `for a purge, which has to ask "${hour} <= ${now}" beside the exact time: what asks for that alone reads the whole table from now on`,
    );
  for (const replacement of replacements) addDrop(replacement);

  function addDrop({ blocking: { index }, drop, caution }: Replacement): void {
    const share =
      found.hotShare === undefined
        ? ''
        : `; HOT updates: from ${percent(found.hotShare)} to above 95 %, of saves in the same hour as the one before`;
    const rest =
      replacements.at(-1)?.blocking.index === index
        ? ` a save changes the row alone, and no index${share}`
        : ' one less that blocks HOT';
    // What has been written anew has no dead entries any more.
    const freesBytes = columns.size === 0 ? index.bytes : undefined;
    add(drop, `${caution ?? ''}${rest}`.trim(), {
      freesBytes,
      ...(index.constraint !== undefined && { lock: EXCLUSIVE }),
    });
  }

  const dead = sizes.rows.freshBytes === undefined ? undefined : deadBytes(sizes.rows) + deadBytes(sizes.toast);
  if (found.notAnalyzed) add(`vacuum (analyze) ${name};`, 'then look again: the server knows the rows');
  else if (columns.size > 0) add(`vacuum (analyze) ${name};`, 'the server knows the new column, and its pages');
  else if (found.rowsBloated) {
    add(
      `vacuum (analyze) ${name};`,
      `up to ${toMegabytes(dead ?? 0)} of dead space take new rows; the files stay as large`,
    );
    add(
      `vacuum (full, analyze) ${name};`,
      `writes the table and its indexes anew; takes ${toMegabytes(sizes.total.freshBytes ?? 0)} of disk meanwhile`,
      {
        ...rewritten(),
        instead: `pg_repack --no-order --table=${/^[\w.]+$/.test(name) ? name : `'${name}'`}`,
      },
    );
  } else if (found.indexesBloated)
    add(`reindex table concurrently ${name};`, 'builds its indexes anew, one beside the other', {
      freesBytes: deadBytes(sizes.indexes),
      timesSmaller: total / (total - deadBytes(sizes.indexes)),
    });
  else if (found.held.length > 0 || found.autovacuumOff !== undefined || found.autovacuumDue !== undefined)
    add(`vacuum (analyze) ${name};`, 'what is dead takes new rows');
  return steps;
}

const toMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

function endOf({ kind, name }: VacuumHolder): string {
  if (kind === 'transaction') return `select pg_terminate_backend(${name});`;
  if (kind === 'prepared transaction') return `rollback prepared ${text(name)};`;
  if (kind === 'replication slot') return `select pg_drop_replication_slot(${text(name)});`;
  return 'alter system set hot_standby_feedback = off; select pg_reload_conf();';
}

function lossOf({ kind }: VacuumHolder): string {
  if (kind === 'transaction') return 'what that transaction has done is undone: let it end by itself if it can';
  if (kind === 'prepared transaction')
    return 'what it has done is undone; commit prepared keeps it. In its own database';
  if (kind === 'replication slot') return 'whoever reads from that slot has to be set up anew';
  return 'at the standby: long queries there may be cancelled';
}
