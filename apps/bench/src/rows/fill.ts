import type { MoveDatabase } from '@switchyard/session-move';

const FILL = `insert into session (session_key, data, expires_at, user_id)
  select encode(sha256(convert_to('row ' || n, 'UTF8')), 'hex'),
    '{"basket":"' || repeat(md5(n::text), $3::int / 32) || '"}',
    timestamptz '2100-01-01', case when n % 3 = 0 then 'user ' || n end
  from generate_series($1::int, $2::int) n`;

const CHUNK = 20_000;

/** So many sessions more, of about so many bytes, made by the server. */
export async function fillRows(database: MoveDatabase, rows: number, bytes: number, first = 1): Promise<void> {
  const last = first + rows - 1;
  for (let from = first; from <= last; from += CHUNK)
    await database.query(FILL, [from, Math.min(last, from + CHUNK - 1), bytes]);
  await database.query('vacuum analyze session');
}
