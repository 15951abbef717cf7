import { hash } from 'node:crypto';
import { SqlFailure, type SqlExecutor, type SqlRow } from '../sql-executor.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionRecord, SessionStore } from '../store.ts';
import { readExpiry, writeExpiry, type SharedTable } from './shared-table.ts';

export interface SharedTableStoreOptions {
  readonly executor: SqlExecutor;
  readonly table: SharedTable;
  /** Whose session it is, by its data; must not throw. Default is nobody's. */
  readonly userIdOf?: (data: string) => string | null;
}

/** More of it would not be exact in JavaScript, together with the epoch. */
const HASH_DIGITS = 9;

type Write = Exclude<SessionOperation, { kind: 'copy' }>;

/**
 * Sessions in a table that another program writes, too, with a codec that both understand, and with keys as they are
 * (`keyEncoding: 'plain'`). Nothing is added to the table. A version is a hash of the row, so that a save over what the
 * other program wrote meanwhile is a conflict; versions do not rise. A destroyed session leaves no trace, as it does with
 * the other program: its key may be created anew. Whose session it is, is told by the data alone.
 *
 * For sharing a table. One that is to move is moved by the fenced move, or behind flags; this store takes no copies.
 */
export function sharedTableStore({ executor, table, userIdOf = () => null }: SharedTableStoreOptions): SessionStore {
  const sql = statementsFor(table);
  const tag = hash('sha256', JSON.stringify(table)).slice(0, 8);
  const query = (kind: keyof typeof sql, values: readonly unknown[]): Promise<readonly SqlRow[]> =>
    executor.query(sql[kind], values, { name: `sy_shared_${kind}_${tag}` });

  const toRecord = (row: SqlRow): SessionRecord => ({
    data: row['data'] as string,
    expiresAt: row['expires_at'] as Date,
    version: Number(row['version']),
    userId: userIdOf(row['data'] as string),
  });

  const find = async (keys: readonly string[]): Promise<Map<string, SessionRecord>> =>
    new Map((await query('load', [keys])).map((row) => [row['key'] as string, toRecord(row)]));

  const send = async (operation: Write): Promise<ApplyResult> => {
    const { kind, key } = operation;
    if (kind === 'destroy') {
      const [row] = await query(kind, [key]);
      return { status: 'ok', version: Number(row?.['version'] ?? 0) };
    }
    const { expiresAt } = operation;
    const [row] = await query(kind, [
      key,
      expiresAt,
      ...(kind === 'touch' ? [] : [operation.data]),
      ...(kind === 'update' || kind === 'rename' ? [operation.expectedVersion ?? null] : []),
      ...(kind === 'rename' ? [operation.newKey] : []),
    ]);
    return row === undefined ? refused(operation) : { status: 'ok', version: Number(row['version']) };
  };

  const refused = async (operation: Write): Promise<ApplyResult> => {
    if (operation.kind === 'create') return { status: 'taken' };
    const current = (await find([operation.key])).get(operation.key);
    if (current === undefined) return { status: 'gone' };
    const expected = 'expectedVersion' in operation ? operation.expectedVersion : undefined;
    if (expected !== undefined && expected !== current.version) return { status: 'conflict', current };
    return operation.kind === 'rename' ? { status: 'taken' } : { status: 'gone' };
  };

  const apply = async (operation: SessionOperation): Promise<ApplyResult> => {
    try {
      if (operation.kind !== 'copy') return await send(operation);
      const cause = new TypeError('a table that is shared with another program takes no copies');
      return { status: 'unavailable', outcome: 'none', cause };
    } catch (cause) {
      return { status: 'unavailable', outcome: cause instanceof SqlFailure ? cause.outcome : 'none', cause };
    }
  };

  return {
    load: async (keys): Promise<LoadResult[]> => {
      try {
        const found = await find(keys);
        return keys.map((key) => {
          const record = found.get(key);
          return record === undefined ? { status: 'absent' } : { status: 'found', record };
        });
      } catch (cause) {
        return keys.map(() => ({ status: 'unavailable', cause }));
      }
    },
    apply: (operations) => Promise.all(operations.map(apply)),
  };
}

function statementsFor(shared: SharedTable): Readonly<Record<'load' | Write['kind'], string>> {
  const { table, key, data, expires, dataType } = shared;
  const live = `${readExpiry(shared)} > clock_timestamp()`;
  const expiry = writeExpiry(shared, '$2');
  const hash = `left(md5(s.${data}::text || '|' || extract(epoch from s.${expires})), ${HASH_DIGITS})`;
  const version = `((1::bigint << 40) + 1 + ('x' || ${hash})::bit(${HASH_DIGITS * 4})::bigint)`;
  const expected = `($4::bigint is null or ${version} = $4)`;
  return {
    load: `select s.${key} as key, s.${data}::text as data, ${readExpiry(shared)} as expires_at, ${version} as version
      from ${table} s where s.${key} = any ($1::text[]) and ${live}`,
    create: `insert into ${table} as s (${key}, ${expires}, ${data}) values ($1, ${expiry}, $3::${dataType})
      on conflict (${key}) do nothing returning ${version} as version`,
    update: `update ${table} s set ${expires} = ${expiry}, ${data} = $3::${dataType}
      where s.${key} = $1 and ${live} and ${expected} returning ${version} as version`,
    touch: `update ${table} s set ${expires} = ${expiry} where s.${key} = $1 and ${live} returning ${version} as version`,
    destroy: `delete from ${table} s where s.${key} = $1 returning ${version} as version`,
    rename: `with l as materialized (
        select s.${key} from ${table} s where s.${key} = $1 and ${live} and ${expected} for update),
      n as (insert into ${table} as s (${key}, ${expires}, ${data}) select $5, ${expiry}, $3::${dataType} from l
        on conflict (${key}) do nothing returning ${version} as version),
      d as (delete from ${table} where ${key} = $1 and exists (select from n))
      select version from n`,
  };
}
