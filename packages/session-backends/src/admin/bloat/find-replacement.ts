import type { BlockingIndex } from './diagnose-bloat.ts';
import { findChangingColumns, isMadeOf } from './find-changing-columns.ts';
import type { InspectedTable } from './inspect-table.ts';

/** How an index that blocks HOT is done without. */
export interface Replacement {
  readonly blocking: BlockingIndex;
  /** A column of hours that is not there yet. */
  readonly addColumn: { readonly name: string; readonly expression: string } | undefined;
  /** A column of hours that has no index yet. */
  readonly indexColumn: string | undefined;
  /** What a purge compares the hours with. */
  readonly now: string;
  readonly drop: string;
  /** What to find out before. */
  readonly caution: string | undefined;
}

/** A time is indexed by its hour instead; nothing is indexed in the place of data or versions. */
export function findReplacement(table: InspectedTable, blocking: BlockingIndex): Replacement {
  const { name, columns, indexes } = table;
  const { index } = blocking;
  const drop =
    index.constraint === undefined
      ? `drop index concurrently ${index.name};`
      : `alter table ${name} drop constraint ${index.constraint};`;
  const time = blocking.columns.find((column) => column.isTime && column.generatedBy === undefined);
  if (time === undefined || index.constraint !== undefined)
    return {
      blocking,
      addColumn: undefined,
      indexColumn: undefined,
      now: '',
      drop,
      caution: `if nothing needs it: it was used ${index.scans.toLocaleString('en')} times since the statistics were last reset.`,
    };
  const fine = findChangingColumns(columns, table.space.liveRows);
  const there = columns.find((column) => isMadeOf(column, time) && !fine.includes(column));
  const hour = there?.name ?? hourName(time.name);
  const zoned = time.type.includes('with time zone');
  const at = zoned ? `${time.name} at time zone 'UTC'` : time.name;
  const indexed = there !== undefined && indexes.some(({ keys }) => keys[0]?.column === there.number);
  return {
    blocking,
    addColumn: there === undefined ? { name: hour, expression: `date_trunc('hour', ${at})` } : undefined,
    indexColumn: indexed ? undefined : hour,
    now: zoned ? `now() at time zone 'UTC'` : 'localtimestamp',
    drop,
    caution: undefined,
  };
}

const hourName = (name: string): string => (name.endsWith('"') ? `${name.slice(0, -1)}_hour"` : `${name}_hour`);
