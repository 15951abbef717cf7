import { SqlFailure, type SqlExecutor, type SqlRow } from '../sql-executor.ts';
import { toArray, type ArrayItem } from './array-literal.ts';
import { copyValues } from './copy-values.ts';
import { refuseIsolation } from './refuse-isolation.ts';
import { rowsInOrder } from './rows-in-order.ts';
import type { Fence, FenceState, SiteName } from './rules.ts';
import { runStatement } from './run-statement.ts';
import type {
  Site,
  SiteCopy,
  SiteCopyResult,
  SiteCreate,
  SiteDestroy,
  SiteKey,
  SiteLoad,
  SiteRename,
  SiteTouch,
  SiteUpdate,
  SiteWriteResult,
} from './site.ts';
import {
  DATA_SEPARATOR,
  siteStatements,
  type ChangeKind,
  type OneWrite,
  type SetColumn,
  type SetStatement,
  type Statement,
} from './statements.ts';

export interface PostgresSiteOptions {
  readonly name: SiteName;
  readonly executor: SqlExecutor;
  /** The store knows no other site: it is served while no move has claimed this one. Default is false. */
  readonly standalone?: boolean;
}

type Change = SiteUpdate | SiteTouch | SiteDestroy;

/** A site in PostgreSQL: the tables `session`, `session_fence` and `session_outbox` of one database. */
export function postgresSite({ name, executor, standalone = false }: PostgresSiteOptions): Site {
  const statements = siteStatements(standalone);

  const query = (statement: Statement, values: readonly unknown[]): Promise<readonly SqlRow[]> =>
    runStatement(executor, statement, values);

  /** The buckets whose writes have to be listed for the worker, as their fences said last. */
  const listing = new Set<number>();

  const writeOne = async (
    { unlisted, listed }: OneWrite,
    bucket: number,
    values: readonly unknown[],
  ): Promise<SiteWriteResult> => {
    const isListing = listing.has(bucket);
    const result = toWriteResult(only(await query(isListing ? listed : unlisted, values)));
    if (result.fence.capture === isListing) return result;
    if (isListing) {
      listing.delete(bucket);
      return result;
    }
    listing.add(bucket);
    // Nothing has been done yet.
    return toWriteResult(only(await query(listed, values)));
  };

  const writeChanges = async (kind: ChangeKind, changes: readonly Change[]): Promise<SiteWriteResult[]> => {
    const { one, set } = statements.change[kind];
    const [first] = changes as readonly [Change];
    if (changes.length === 1) return [await writeOne(one, first.bucket, changeValues(first))];
    return inOrder(await query(set, setValues(set, changes)), changes.length, toWriteResult);
  };

  const writeCreates = async (creates: readonly SiteCreate[]): Promise<SiteWriteResult[]> => {
    const { one, set } = statements.create;
    const [first] = creates as readonly [SiteCreate];
    if (creates.length === 1) return [await writeOne(one, first.bucket, createValues(first))];
    return inOrder(await query(set, setValues(set, creates)), creates.length, toWriteResult);
  };

  const writeRename = async (write: SiteRename): Promise<SiteWriteResult> =>
    toWriteResult(only(await query(statements.rename, [...changeValues(write), write.newKey])));

  return {
    name,

    fences: async () => {
      const rows = await query(statements.readFences, []);
      refuseIsolation(rows[0]);
      return rows.map(toFence);
    },

    load: async (keys) => {
      const { one, set } = statements.load;
      if (keys.length === 1) {
        const { key, bucket } = keys[0] as SiteKey;
        return [toLoad(only(await query(one, [key, bucket])))];
      }
      return inOrder(await query(set, [toArray(keys, keyOf), toArray(keys, bucketOf)]), keys.length, toLoad);
    },

    write: async (writes) => {
      const [first] = writes;
      if (first === undefined) return [];
      if (writes.some(({ kind }) => kind !== first.kind))
        throw new TypeError('what is written in one statement is of one kind');
      switch (first.kind) {
        case 'create':
          return writeCreates(writes as SiteCreate[]);
        case 'rename':
          if (writes.length > 1) throw new TypeError('a rename is a statement of its own');
          return [await writeRename(first)];
        default:
          return writeChanges(first.kind, writes as Change[]);
      }
    },

    copy: async (copies) => {
      const { one, set } = statements.copy;
      if (copies.length === 1) return [toCopyResult(only(await query(one, copyValues(copies[0] as SiteCopy))))];
      return inOrder(await query(set, copyColumns(copies)), copies.length, toCopyResult);
    },
  };
}

function changeValues(write: Change | SiteRename): unknown[] {
  const base = [write.key, write.bucket, write.believedEpoch, write.adoptedEpoch];
  switch (write.kind) {
    case 'destroy':
      return base;
    case 'touch':
      return [...base, write.expiresAt.getTime()];
    case 'update':
      return [...base, write.expiresAt.getTime(), write.data, write.userId, write.expectedVersion ?? null, write.step];
    case 'rename':
      return [...base, write.expiresAt.getTime(), write.data, write.userId, write.expectedVersion ?? null];
  }
}

const createValues = (write: SiteCreate): unknown[] => [
  write.key,
  write.bucket,
  write.believedEpoch,
  write.adoptedEpoch,
  write.expiresAt.getTime(),
  write.data,
  write.userId,
  write.fresh,
];

type SetWrite = SiteCreate | Change;

const keyOf = ({ key }: SiteKey): string => key;
const bucketOf = ({ bucket }: SiteKey): number => bucket;

/** What goes into each column. Not all writes have all: a set has only the columns of its kind. */
const COLUMN: Readonly<Record<SetColumn, (write: SetWrite) => ArrayItem>> = {
  key: keyOf,
  bucket: bucketOf,
  believed: (write) => write.believedEpoch,
  adopted: (write) => write.adoptedEpoch,
  expires: (write) => (write.kind === 'destroy' ? null : write.expiresAt.getTime()),
  user_id: (write) => ('userId' in write ? write.userId : null),
  expected: (write) => (write.kind === 'update' ? (write.expectedVersion ?? null) : null),
  step: (write) => (write.kind === 'update' ? write.step : null),
  fresh: (write) => (write.kind === 'create' ? write.fresh : null),
  data: (write) => ('data' in write ? write.data : null),
};

const setValues = ({ columns }: SetStatement, writes: readonly SetWrite[]): unknown[] =>
  columns.map((column) => (column === 'data' ? joinData(writes) : toArray(writes, COLUMN[column])));

function joinData(writes: readonly SetWrite[]): string {
  const texts = writes.map((write) => COLUMN.data(write) as string);
  // Whoever writes such a thing has to write it alone.
  if (texts.some((text) => text.includes(DATA_SEPARATOR))) throw new RangeError('the data has a separator in it');
  return texts.join(DATA_SEPARATOR);
}

/**
 * As the set form of the copy has it: the data of all rows as one run of bytes, with where each begins, counted from 1, and
 * how long it is.
 */
function copyColumns(copies: readonly SiteCopy[]): unknown[] {
  const lengths = copies.map(({ data }) => (data === null ? null : Buffer.byteLength(data)));
  const data = Buffer.allocUnsafe(lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0));
  let end = 0;
  const starts = copies.map((copy, i) => {
    const start = end;
    if (copy.data !== null) data.write(copy.data, start);
    end += lengths[i] ?? 0;
    return start + 1;
  });
  return [
    toArray(copies, keyOf),
    toArray(copies, bucketOf),
    data,
    copies.map((copy) => toText(copy.expiresAt)),
    toArray(copies, (copy) => copy.version),
    toArray(copies, (copy) => copy.userId),
    toArray(copies, (copy) => copy.moveId),
    toArray(copies, (copy) => copy.adoptEpoch),
    copies.map((copy) => toText(copy.deadline)),
    toArray(starts, itself),
    toArray(lengths, itself),
  ];
}

const itself = (item: number | null): number | null => item;

const YEAR_10000 = Date.UTC(10_000);

/** What the driver makes of a date takes longer than the rest of the copy. It is left those that are written otherwise. */
const toText = (date: Date | null): unknown =>
  date instanceof Date && date.getTime() >= 0 && date.getTime() < YEAR_10000 ? date.toISOString() : date;

const LACK = 'session_fence lacks a row; run the migrations';

function only(rows: readonly SqlRow[]): SqlRow {
  const row = rows[0];
  // A bucket without a fence row: somebody emptied the table. Nothing may be read or written then.
  if (row === undefined) throw new SqlFailure('none', new Error(LACK));
  return row;
}

const inOrder = <T>(rows: readonly SqlRow[], count: number, decode: (row: SqlRow) => T): T[] =>
  rowsInOrder(rows, count, decode, LACK);

const AUTH = { state: 'auth', merge: false, floor: 0, capture: false, moveId: null } as const;

const toFence = (row: SqlRow): Fence => {
  const epoch = row['epoch'] as number;
  const rest = row['fence'] as string | null;
  if (rest === null) return { epoch, ...AUTH };
  const [state, merge, floor, capture, moveId = null] = rest.split(' ') as [FenceState, ...string[]];
  return { epoch, state, merge: merge === 't', floor: Number(floor), capture: capture === 't', moveId };
};

const toLoad = (row: SqlRow): SiteLoad => ({
  fence: toFence(row),
  row:
    row['version'] === null
      ? undefined
      : {
          data: row['data'] as string | null,
          expiresAt: new Date(Number(row['expires'])),
          version: Number(row['version']),
          userId: row['user_id'] as string | null,
          live: row['data'] !== null,
        },
});

const toWriteResult = (row: SqlRow): SiteWriteResult => {
  const result = { fence: toFence(row), version: row['written'] === null ? undefined : Number(row['written']) };
  return row['held'] === true ? { ...result, isHeld: true } : result;
};

const toCopyResult = (row: SqlRow): SiteCopyResult => ({ fence: toFence(row), applied: row['applied'] as boolean });
