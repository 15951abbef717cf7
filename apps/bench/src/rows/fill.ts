interface Queried {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** Of the nth session key of a bench (nthKey), as it is stored. */
const STORED_KEY = `encode(sha256(convert_to(
  left(encode(sha256(convert_to('bench ' || n, 'UTF8')), 'hex'), 32), 'UTF8')), 'hex')`;

const FILL = `insert into session (session_key, data, expires_at, user_id)
  select ${STORED_KEY}, '{"basket":"' || repeat(md5(n::text), $3::int / 32) || '"}',
    timestamptz '2100-01-01', case when n % 3 = 0 then 'user ' || n end
  from generate_series($1::int, $2::int) n`;

const CHUNK = 20_000;

/** So many sessions more, of about so many bytes, made by the server. */
export async function fillRows(database: Queried, rows: number, bytes: number): Promise<void> {
  for (let from = 0; from < rows; from += CHUNK)
    await database.query(FILL, [from, Math.min(rows, from + CHUNK) - 1, bytes]);
  await database.query('vacuum analyze session', []);
}
