import { copyValues } from '../fence/copy-values.ts';
import { fenceOfRow } from '../fence/fence-row.ts';
import { refuseIsolation } from '../fence/refuse-isolation.ts';
import { rowsInOrder } from '../fence/rows-in-order.ts';
import type { SiteName } from '../fence/rules.ts';
import { runStatement } from '../fence/run-statement.ts';
import type { Site, SiteWrite } from '../fence/site.ts';
import type { Statement } from '../fence/statements.ts';
import type { SqlExecutor, SqlRow } from '../sql-executor.ts';
import { DEFAULT_SIDE_SCHEMA, inSchema } from './fenced-table.ts';
import { toCopyResult, toLoad, toWriteResult } from './site-rows.ts';

export interface ForeignSiteOptions {
  readonly executor: SqlExecutor;
  /** Default is "old": another library's table is one that sessions move away from. */
  readonly name?: SiteName;
  /** The schema of the tables and functions of the move. Default is "switchyard". */
  readonly sideSchema?: string;
  /** The store knows no other site: it is served while no move has claimed this one. Default is false. */
  readonly standalone?: boolean;
}

/**
 * A site whose rows lie in another library's table, in that library's own format, with their keys in clear: what
 * `switchyard move start` has made ready. The library may write there at the same time, for as long as the fences let it.
 */
export function foreignSite(options: ForeignSiteOptions): Site {
  const { executor, name = 'old', sideSchema = DEFAULT_SIDE_SCHEMA, standalone = false } = options;
  const statements = foreignStatements(sideSchema);

  const query = (statement: Statement, values: readonly unknown[]): Promise<readonly SqlRow[]> =>
    runStatement(executor, statement, values);

  return {
    name,
    fences: async () => {
      const rows = await query(statements.fences, []);
      refuseIsolation(rows[0]);
      return rows.map(fenceOfRow);
    },
    load: async (keys) =>
      inOrder(await query(statements.load, columns(keys.map(({ key, bucket }) => [key, bucket]))), keys.length, toLoad),
    write: async (writes) =>
      inOrder(
        await query(statements.write, [...columns(writes.map(writeValues)), standalone, writes.length === 1]),
        writes.length,
        toWriteResult,
      ),
    copy: async (copies) =>
      inOrder(await query(statements.copy, columns(copies.map(copyValues))), copies.length, toCopyResult),
  };
}

const FENCE = ['epoch', 'state', 'merge', 'floor', 'capture', 'move_id'].map((column) => `f.${column}`).join(', ');

function foreignStatements(sideSchema: string): Readonly<Record<'fences' | 'load' | 'write' | 'copy', Statement>> {
  const side = inSchema(sideSchema);
  const named = (name: string, text: string): Statement => ({ name: `sy_foreign_${name}_${sideSchema}`, text });
  return {
    fences: named(
      'fences',
      `select bucket, ${FENCE}, current_setting('transaction_isolation') as isolation from ${side('session_fence')} f order by bucket`,
    ),
    load: named(
      'load',
      `select i.ord::int, ${FENCE}, s.version, s.expires_at, s.user_id,
        (s.data is not null and s.expires_at > clock_timestamp()) as live, case when s.expires_at > clock_timestamp() then s.data end as data
      from unnest($1::text[], $2::smallint[]) with ordinality as i(key, bucket, ord)
      join ${side('session_fence')} f on f.bucket = i.bucket
      left join ${side('session')} s on s.session_key = i.key`,
    ),
    write: named(
      'write',
      `select * from ${side('session_write')}($1::text[], $2::text[], $3::smallint[], $4::int[], $5::int[], $6::timestamptz[],
        $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::boolean[], $12::text[], $13::boolean, $14::boolean)`,
    ),
    copy: named(
      'copy',
      `select * from ${side('session_copy')}($1::text[], $2::smallint[], $3::text[], $4::timestamptz[], $5::bigint[],
        $6::text[], $7::uuid[], $8::int[], $9::timestamptz[])`,
    ),
  };
}

function writeValues(write: SiteWrite): unknown[] {
  const { kind, key, bucket, believedEpoch, adoptedEpoch } = write;
  return [
    kind,
    key,
    bucket,
    believedEpoch,
    adoptedEpoch,
    'expiresAt' in write ? write.expiresAt : null,
    'data' in write ? write.data : null,
    'userId' in write ? write.userId : null,
    ('expectedVersion' in write ? write.expectedVersion : undefined) ?? null,
    kind === 'update' ? write.step : 1,
    kind === 'create' ? write.fresh : null,
    kind === 'rename' ? write.newKey : null,
  ];
}

const columns = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column]));

const inOrder = <T>(rows: readonly SqlRow[], count: number, decode: (row: SqlRow) => T): T[] =>
  rowsInOrder(rows, count, decode, 'session_fence lacks a row of the move');
