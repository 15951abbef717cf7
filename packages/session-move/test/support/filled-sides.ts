import { createHash } from 'node:crypto';
import type { StoredKey } from '@switchyard/session-backends';
import { createMoveController } from '../../src/move-controller.ts';
import type { MoveSide } from '../../src/move-side.ts';

/** The key of the nth row. */
export const nthKey = (n: number): StoredKey => createHash('sha256').update(`k${n}`).digest('hex') as StoredKey;

/** Sessions of about 900 bytes, the same at whichever side; every third has a user. Made by the server. */
const FILL = `insert into session (session_key, data, expires_at, version, user_id)
  select encode(sha256(convert_to('k' || n, 'UTF8')), 'hex'), '{"basket":"' || repeat(md5(n::text), 27) || '"}',
    timestamptz '2100-01-01', (1::bigint << 40) + n, case when n % 3 = 0 then 'user ' || n end
  from generate_series($1::int, $2::int) n`;

const COVERED = `insert into session_move_cursor (bucket, move_id, done) select bucket, $1, true from session_fence`;

const CHUNK = 50_000;

async function fill({ database }: MoveSide, rows: number): Promise<void> {
  for (let from = 1; from <= rows; from += CHUNK) await database.query(FILL, [from, Math.min(rows, from + CHUNK - 1)]);
  await database.query('analyze session');
}

/** A move that has just been filled: so many sessions at both sides, and its id. */
export async function startFilled(sides: { old: MoveSide; new: MoveSide }, rows: number): Promise<string> {
  await fill(sides.old, rows);
  const moveId = await createMoveController(sides).start();
  await fill(sides.new, rows);
  await sides.new.database.query(COVERED, [moveId]);
  return moveId;
}
