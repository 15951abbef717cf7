import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { ROW_HASH } from '../../src/verify/row-hash.ts';

type Row = readonly [key: string, version: number, expiresAt: string, user: string | null, data: string | null];

const ROW: Row = ['key', 2 ** 40 + 1, '2100-01-01T00:00:00.000Z', 'u', 'd'];
const change = (index: number, value: string | number | null): Row => ROW.with(index, value) as unknown as Row;

describe('the digest of a row', () => {
  let databases: TestDatabases;
  beforeAll(async () => {
    databases = await openTestDatabases();
  });
  afterAll(() => databases.close());

  const hashOf = async (row: Row, pool = databases.main): Promise<string> => {
    const { rows } = await pool.query(
      `select ${ROW_HASH}::text as hash from (values ($1, $2::bigint, $3::timestamptz(3), $4, $5))
         as session(session_key, version, expires_at, user_id, data)`,
      [...row],
    );
    return (rows[0] as { hash: string }).hash;
  };

  it('differs with everything that a copy carries', async () => {
    const rows = [
      ROW,
      change(0, 'kez'),
      change(1, 2 ** 40 + 2),
      change(2, '2100-01-01T00:00:00.001Z'),
      change(2, 'infinity'),
      change(3, 'v'),
      change(3, ''),
      change(3, null),
      change(4, 'e'),
      change(4, ''),
      change(4, null),
      // What belongs to one column does not pass for another's.
      change(3, 'ud').with(4, '') as unknown as Row,
      change(0, 'key|1:u').with(3, null) as unknown as Row,
      change(3, null).with(4, '1:u|=d') as unknown as Row,
    ];
    expect(new Set(await Promise.all(rows.map((row) => hashOf(row)))).size).toBe(rows.length);
  });

  it('is the same at both sides, and is what it was', async () => {
    const row = change(4, '{"name":"Zoë","€":"🧺"}');
    const hash = await hashOf(row);
    expect(await hashOf(row, databases.sessions)).toBe(hash);
    expect(hash).toMatchInlineSnapshot(`"5566314623806756475"`);
  });
});
