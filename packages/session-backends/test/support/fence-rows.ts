import type { Fence } from '../../src/fence/rules.ts';
import type { TestDatabases } from '@switchyard/databases/testing';

export interface StoredRow {
  readonly key: string;
  readonly data: string | null;
  readonly expiresAt: Date;
  readonly version: number;
  readonly userId?: string | null;
}

type Pool = TestDatabases['main'];

/** The fences of buckets 0, 1, … as given; what the others say stays. */
export async function writeFences(pool: Pool, fences: readonly Fence[]): Promise<void> {
  const columns = (['epoch', 'state', 'merge', 'floor', 'capture', 'moveId'] as const).map((name) =>
    fences.map((fence) => fence[name]),
  );
  await pool.query(
    `update session_fence f set epoch = i.epoch, state = i.state, merge = i.merge, floor = i.floor, capture = i.capture, move_id = i.move_id
     from unnest($1::int[], $2::int[], $3::text[], $4::bool[], $5::bigint[], $6::bool[], $7::uuid[]) as i(bucket, epoch, state, merge, floor, capture, move_id)
     where f.bucket = i.bucket`,
    [fences.map((_, bucket) => bucket), ...columns],
  );
}

/** All 256 fences alike. */
export const writeEachFence = (pool: Pool, fence: Fence): Promise<void> =>
  writeFences(pool, new Array<Fence>(256).fill(fence));

export async function insertRows(pool: Pool, rows: readonly StoredRow[]): Promise<void> {
  const column = (name: keyof StoredRow): unknown[] => rows.map((row) => row[name] ?? null);
  await pool.query(
    `insert into session (session_key, data, expires_at, version, user_id)
     select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[], $5::text[])`,
    [column('key'), column('data'), column('expiresAt'), column('version'), column('userId')],
  );
}

export async function storedKeys(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ session_key: string }>('select session_key from session');
  return rows.map((row) => row.session_key).sort();
}

export const AUTHORITY: Fence = { epoch: 1, state: 'auth', merge: false, floor: 0, capture: false, moveId: null };
