import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredKey } from '@switchyard/session-backends';
import { fenceOfRow, type Fence, type SiteName } from '@switchyard/session-backends/fence';
import { bucketPhase } from '../bucket-phase.ts';
import type { MoveRow } from '../move-database.ts';
import { MoveError } from '../move-error.ts';
import type { KeySeen, Sighting } from './judge.ts';
import { reignOf } from './reign.ts';
import { columnHash } from './row-hash.ts';
import type { Scope } from './scope.ts';

/** One statement, so that a row, its outbox entry and its fence are of one moment. */
const LOOK = `select k.key, f.epoch, f.state, f.merge, f.floor, f.capture, f.move_id,
    s.version, extract(epoch from s.expires_at)::float8 * 1000 as expires_ms,
    ${columnHash('s.data')} as data, ${columnHash('s.user_id')} as user,
    extract(epoch from clock_timestamp() - o.created_at)::float8 * 1000 as waiting_ms,
    extract(epoch from clock_timestamp())::float8 * 1000 as clock_ms, coalesce(c.done, false) as covered
  from unnest($1::text[], $2::smallint[]) as k(key, bucket)
  join session_fence f on f.bucket = k.bucket
  left join session s on s.session_key = k.key
  left join session_outbox o on o.session_key = k.key
  left join session_move_cursor c on c.bucket = k.bucket and c.move_id = f.move_id`;

/** A switch takes milliseconds; so long fences may be in the middle of one. */
const TRIES = 10;
const PAUSE_MS = 50;

/**
 * Looks at the keys closely: at the old side, then at the new one, then at the old one again, so that either side has
 * been looked at before the other (see `judge`). Where the fences of a bucket changed meanwhile, once more.
 *
 * @throws {MoveError} ILLEGAL_FENCES, NOT_NOW: a bucket is served by nobody, or keeps changing hands
 */
export async function lookAt(scope: Scope, keys: readonly StoredKey[]): Promise<Map<StoredKey, Sighting>> {
  const sightings = new Map<StoredKey, Sighting>();
  let left = keys;
  for (let tries = 1; ; tries++) {
    const before = await lookOnce(scope, 'old', left);
    const fresh = await lookOnce(scope, 'new', left);
    const after = await lookOnce(scope, 'old', left);
    for (const key of left) {
      const sighting = toSighting(before.get(key), fresh.get(key), after.get(key));
      if (sighting !== undefined) sightings.set(key, sighting);
    }
    const [first, ...rest] = left.filter((key) => !sightings.has(key));
    if (first === undefined) return sightings;
    if (tries === TRIES) throw unsettled(scope, first, fresh.get(first), after.get(first));
    left = [first, ...rest];
    await sleep(PAUSE_MS);
  }
}

async function lookOnce(scope: Scope, side: SiteName, keys: readonly StoredKey[]): Promise<Map<StoredKey, MoveRow>> {
  const rows = await scope.sides[side].database.query(LOOK, [keys, keys.map(scope.bucketOf)]);
  return new Map(rows.map((row) => [row['key'] as StoredKey, row]));
}

function toSighting(before?: MoveRow, fresh?: MoveRow, after?: MoveRow): Sighting | undefined {
  if (before === undefined || fresh === undefined || after === undefined) return undefined;
  if (!isSameFence(fenceOfRow(before), fenceOfRow(after))) return undefined;
  const reign = reignOf(fenceOfRow(after), fenceOfRow(fresh));
  if (reign === undefined) return undefined;
  return {
    before: toSeen(before),
    new: toSeen(fresh),
    after: toSeen(after),
    reign,
    covered: fresh['covered'] as boolean,
    clockMs: (reign.side === 'old' ? after : fresh)['clock_ms'] as number,
  };
}

const isSameFence = (a: Fence, b: Fence): boolean => JSON.stringify(a) === JSON.stringify(b);

const toSeen = (row: MoveRow): KeySeen => ({
  row:
    row['version'] === null
      ? undefined
      : {
          version: Number(row['version']),
          // Servers differ in how exact a number they make of a time; the column has milliseconds.
          expiresAtMs: Math.round(row['expires_ms'] as number),
          data: row['data'] as string | null,
          user: row['user'] as string | null,
        },
  waitingMs: (row['waiting_ms'] as number | null) ?? undefined,
});

function unsettled(scope: Scope, key: StoredKey, fresh?: MoveRow, old?: MoveRow): MoveError {
  const bucket = scope.bucketOf(key);
  if (old !== undefined && fresh !== undefined && bucketPhase(fenceOfRow(old), fenceOfRow(fresh)) === 'illegal')
    return new MoveError(
      'ILLEGAL_FENCES',
      `The two fences of bucket ${bucket} contradict each other: nobody can say which rows are right. Look at the status.`,
    );
  return new MoveError('NOT_NOW', `Bucket ${bucket} is being switched: finish the switch, then verify again.`);
}
