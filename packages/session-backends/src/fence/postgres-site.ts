import { SqlFailure, type SqlExecutor, type SqlRow } from '../sql-executor.ts';
import type { Fence, FenceState, SiteName } from './rules.ts';
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
  SiteWrite,
  SiteWriteResult,
} from './site.ts';
import { siteStatements, type ChangeKind, type Statement } from './statements.ts';

export interface PostgresSiteOptions {
  readonly name: SiteName;
  readonly executor: SqlExecutor;
  /** The store knows no other site: it is served while no move has claimed this one. Default is false. */
  readonly standalone?: boolean;
}

type Change = SiteUpdate | SiteTouch | SiteDestroy;

const DEADLOCK = '40P01';
const DEADLOCK_TRIES = 5;

/** A site in PostgreSQL: the tables `session`, `session_fence` and `session_outbox` of one database. */
export function postgresSite({ name, executor, standalone = false }: PostgresSiteOptions): Site {
  const statements = siteStatements(standalone);

  /** A deadlock's victim has been rolled back and may try again. */
  const query = async (statement: Statement, values: readonly unknown[]): Promise<readonly SqlRow[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return await executor.query(statement.text, values, { name: statement.name });
      } catch (error) {
        if (!(error instanceof SqlFailure) || error.sqlState !== DEADLOCK || tries === DEADLOCK_TRIES) throw error;
      }
    }
  };

  const writeChanges = async (kind: ChangeKind, changes: readonly Change[]): Promise<SiteWriteResult[]> => {
    const { one, set } = statements.change[kind];
    if (changes.length === 1) return [toWriteResult(only(await query(one, changeValues(changes[0] as Change))))];
    const rows = await query(set, columns(changes.map((change) => [...changeValues(change), ...padding(kind)])));
    return inOrder(rows, changes.length).map(toWriteResult);
  };

  const writeCreates = async (creates: readonly SiteCreate[]): Promise<SiteWriteResult[]> => {
    const { one, set } = statements.create;
    if (creates.length === 1) return [toWriteResult(only(await query(one, createValues(creates[0] as SiteCreate))))];
    return inOrder(await query(set, columns(creates.map(createValues))), creates.length).map(toWriteResult);
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
      const rows = await query(set, columns(keys.map(({ key, bucket }) => [key, bucket])));
      return inOrder(rows, keys.length).map(toLoad);
    },

    write: async (writes) => {
      const results = new Array<SiteWriteResult>(writes.length);
      const place = (indexes: readonly number[], written: readonly SiteWriteResult[]): void =>
        written.forEach((result, i) => (results[indexes[i] as number] = result));
      const work: Promise<void>[] = [];
      for (const [kind, indexes] of byKind(writes)) {
        const group = indexes.map((index) => writes[index] as SiteWrite);
        if (kind === 'create') work.push(writeCreates(group as SiteCreate[]).then((r) => place(indexes, r)));
        else if (kind === 'rename')
          indexes.forEach((index) =>
            work.push(writeRename(writes[index] as SiteRename).then((r) => place([index], [r]))),
          );
        else work.push(writeChanges(kind, group as Change[]).then((r) => place(indexes, r)));
      }
      await Promise.all(work);
      return results;
    },

    copy: async (copies) => {
      const { one, set } = statements.copy;
      if (copies.length === 1) return [toCopyResult(only(await query(one, copyValues(copies[0] as SiteCopy))))];
      return inOrder(await query(set, copyColumns(copies)), copies.length).map(toCopyResult);
    },
  };
}

function byKind(writes: readonly SiteWrite[]): Map<SiteWrite['kind'], number[]> {
  const groups = new Map<SiteWrite['kind'], number[]>();
  writes.forEach(({ kind }, index) => {
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [index]);
    else group.push(index);
  });
  return groups;
}

function changeValues(write: Change | SiteRename): unknown[] {
  const base = [write.key, write.bucket, write.believedEpoch, write.adoptedEpoch];
  switch (write.kind) {
    case 'destroy':
      return base;
    case 'touch':
      return [...base, write.expiresAt];
    case 'update':
      return [...base, write.expiresAt, write.data, write.userId, write.expectedVersion ?? null, write.step];
    case 'rename':
      return [...base, write.expiresAt, write.data, write.userId, write.expectedVersion ?? null];
  }
}

/** The set form takes all columns whatever the kind. */
const PADDING: Readonly<Record<ChangeKind, readonly null[]>> = {
  update: [],
  touch: [null, null, null, null],
  destroy: [null, null, null, null, null],
};
const padding = (kind: ChangeKind): readonly null[] => PADDING[kind];

const createValues = (write: SiteCreate): unknown[] => [
  write.key,
  write.bucket,
  write.believedEpoch,
  write.adoptedEpoch,
  write.expiresAt,
  write.data,
  write.userId,
  write.fresh,
];

const copyValues = (copy: SiteCopy): unknown[] => [
  copy.key,
  copy.bucket,
  copy.data,
  copy.expiresAt,
  copy.version,
  copy.userId,
  copy.moveId,
  copy.adoptEpoch,
  copy.deadline,
];

/** As the set form of the copy has it. */
function copyColumns(copies: readonly SiteCopy[]): unknown[] {
  const lengths = copies.map(({ data }) => (data === null ? null : Buffer.byteLength(data)));
  const data = Buffer.allocUnsafe(lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0));
  let end = 0;
  const starts = copies.map((copy, i) => {
    const start = end;
    if (copy.data !== null) data.write(copy.data, start);
    end += lengths[i] ?? 0;
    // PostgreSQL counts from 1.
    return start + 1;
  });
  return [
    copies.map((copy) => copy.key),
    copies.map((copy) => copy.bucket),
    data,
    copies.map((copy) => toText(copy.expiresAt)),
    copies.map((copy) => copy.version),
    copies.map((copy) => copy.userId),
    copies.map((copy) => copy.moveId),
    copies.map((copy) => copy.adoptEpoch),
    copies.map((copy) => toText(copy.deadline)),
    starts,
    lengths,
  ];
}

const YEAR_10000 = Date.UTC(10_000);

/** What the driver makes of a date takes longer than the rest of the copy. It is left those that are written otherwise. */
const toText = (date: Date | null): unknown =>
  date instanceof Date && date.getTime() >= 0 && date.getTime() < YEAR_10000 ? date.toISOString() : date;

const columns = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));

function only(rows: readonly SqlRow[]): SqlRow {
  const row = rows[0];
  // A bucket without a fence row: somebody emptied the table. Nothing may be read or written then.
  if (row === undefined) throw new SqlFailure('none', new Error('session_fence lacks a row; run the migrations'));
  return row;
}

function inOrder(rows: readonly SqlRow[], count: number): SqlRow[] {
  const ordered = new Array<SqlRow>(count);
  for (const row of rows) ordered[Number(row['ord']) - 1] = row;
  for (let i = 0; i < count; i++) only(ordered[i] === undefined ? [] : [ordered[i] as SqlRow]);
  return ordered;
}

const toFence = (row: SqlRow): Fence => ({
  epoch: row['epoch'] as number,
  state: row['state'] as FenceState,
  merge: row['merge'] as boolean,
  floor: Number(row['floor']),
  capture: row['capture'] as boolean,
  moveId: row['move_id'] as string | null,
});

const toLoad = (row: SqlRow): SiteLoad => ({
  fence: toFence(row),
  row:
    row['version'] === null
      ? undefined
      : {
          data: row['data'] as string | null,
          expiresAt: row['expires_at'] as Date,
          version: Number(row['version']),
          userId: row['user_id'] as string | null,
          live: row['live'] as boolean,
        },
});

const toWriteResult = (row: SqlRow): SiteWriteResult => ({
  fence: toFence(row),
  version: row['written'] === null ? undefined : Number(row['written']),
});

const toCopyResult = (row: SqlRow): SiteCopyResult => ({ fence: toFence(row), applied: row['applied'] as boolean });

/** A statement with an older snapshot would act under a fence that has changed since. */
function refuseIsolation(row: SqlRow | undefined): void {
  const isolation = row?.['isolation'];
  if (typeof isolation === 'string' && isolation !== 'read committed')
    throw new SqlFailure(
      'none',
      new Error(`the session store needs READ COMMITTED transactions; default_transaction_isolation is ${isolation}`),
    );
}
