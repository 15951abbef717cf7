import { fenceOfRow, type Fence } from '@switchyard/session-backends/fence';
import type { MoveDatabase, MoveRow } from './move-database.ts';
import { MoveError } from './move-error.ts';
import { OUTBOX_CHANNEL } from './worker/alarm.ts';

/** A change of some buckets' fences: made only where the fence is still exactly as it was read. */
export interface FenceChange {
  readonly bucket: number;
  readonly expected: Fence;
  readonly next: Fence;
}

export interface FlipOptions {
  /** How long one try may wait for the lock, while new statements queue behind it. Default is 300 ms. */
  readonly lockTimeoutMs?: number;
  /** How long to go on trying. Default is 2,000 ms. */
  readonly patienceMs?: number;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** A controller that is stopped while it holds the lock stops every session: the server ends its transaction then. */
const STOPPED_AFTER_MS = 1_000;

/** All 256 fences of a database, by bucket. */
export async function readFences(database: MoveDatabase): Promise<Fence[]> {
  const rows = await database.query(
    'select epoch, state, merge, floor, capture, move_id from session_fence order by bucket',
  );
  return rows.map(fenceOfRow);
}

/** The id of the move that a database belongs to; `null`: of none. All buckets have the same. */
export async function moveIdOf(database: MoveDatabase): Promise<string | null> {
  const [row] = await database.query('select move_id from session_fence where bucket = 0');
  return (row?.['move_id'] as string | undefined) ?? null;
}

const COLUMNS = ['epoch', 'state', 'merge', 'floor', 'capture', 'moveId'] as const;
const columnsOf = (fences: readonly Fence[]): unknown[][] => COLUMNS.map((name) => fences.map((fence) => fence[name]));

const CHANGE = `update session_fence f
  set epoch = n.epoch, state = n.state, merge = n.merge, floor = n.floor, capture = n.capture, move_id = n.move_id
  from unnest($1::int[], $2::int[], $3::text[], $4::boolean[], $5::bigint[], $6::boolean[], $7::uuid[],
              $8::int[], $9::text[], $10::boolean[], $11::bigint[], $12::boolean[], $13::uuid[])
    as n(bucket, epoch, state, merge, floor, capture, move_id, epoch0, state0, merge0, floor0, capture0, move_id0)
  where f.bucket = n.bucket and f.epoch = n.epoch0 and f.state = n.state0 and f.merge = n.merge0 and f.floor = n.floor0
    and f.capture = n.capture0 and f.move_id is not distinct from n.move_id0
  returning f.bucket`;

/**
 * Changes fences in one transaction, exactly: under a lock that every guarded statement holds from before its snapshot,
 * so that each of them comes wholly before the change or sees it. Resolves to the buckets that were changed; the others
 * were no longer as expected.
 *
 * `alongside` runs in the same transaction, under the lock, and only if all of the changes are made: else none is. Between two statements it must not take
 * longer than a second.
 *
 * @throws {MoveError} FLIP_BLOCKED, naming what held the lock
 */
export async function changeFences(
  database: MoveDatabase,
  changes: readonly FenceChange[],
  options: FlipOptions = {},
  alongside?: (query: MoveDatabase['query']) => Promise<void>,
): Promise<Set<number>> {
  const { lockTimeoutMs = 300, patienceMs = 2_000 } = options;
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await database.transaction(async (query) => {
        await query(`set local lock_timeout = ${lockTimeoutMs}`);
        await query('set local synchronous_commit = on');
        await query(`set local idle_in_transaction_session_timeout = ${STOPPED_AFTER_MS}`);
        await query(`notify ${OUTBOX_CHANNEL}`);
        await query('lock table session_fence in access exclusive mode');
        const rows = await query(CHANGE, [
          changes.map(({ bucket }) => bucket),
          ...columnsOf(changes.map(({ next }) => next)),
          ...columnsOf(changes.map(({ expected }) => expected)),
        ]);
        if (alongside !== undefined) {
          if (rows.length < changes.length)
            throw new MoveError(
              'NOT_NOW',
              'The fences have changed meanwhile; nothing was done. Look at the status and try again.',
            );
          await alongside(query);
        }
        return new Set(rows.map((row) => row['bucket'] as number));
      });
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      if (Date.now() >= deadline) throw await blocked(database, lockTimeoutMs, patienceMs, error);
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 40));
    }
  }
}

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/**
 * Who holds a lock of the fences, the longest first. Whatever began during our last try waited behind it and runs only
 * since, so that it cannot have been in its way: it is as old as a try takes, and a little more. Who is idle by now has
 * let go meanwhile. A prepared transaction has no process; of another user's process little may be shown.
 */
const HOLDERS = `select l.pid, p.gid, coalesce(nullif(a.application_name, ''), a.backend_type) as name, a.state,
    string_agg(distinct l.mode, ', ') as modes,
    extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared))::int as seconds
  from pg_locks l
  left join pg_stat_activity a on a.pid = l.pid
  left join pg_locks x on l.pid is null and x.virtualtransaction = l.virtualtransaction and x.locktype = 'transactionid'
  left join pg_prepared_xacts p on p.transaction = x.transactionid
  where l.database = (select oid from pg_database where datname = current_database())
    and l.relation = 'session_fence'::regclass and l.granted and l.pid is distinct from pg_backend_pid()
    and a.state is distinct from 'idle'
    and coalesce(a.xact_start, p.prepared, '-infinity') < clock_timestamp() - $1 * interval '1 ms'
  group by l.pid, p.gid, p.prepared, a.application_name, a.backend_type, a.state, a.xact_start
  order by coalesce(a.xact_start, p.prepared) limit 3`;

async function blocked(
  database: MoveDatabase,
  lockTimeoutMs: number,
  patienceMs: number,
  cause: unknown,
): Promise<MoveError> {
  const holders = await database.query(HOLDERS, [2 * lockTimeoutMs]);
  const why =
    holders.length > 0
      ? `They are held by ${holders.map(describeHolder).join(', ')}: let it finish or end it`
      : 'Short transactions held them in turn: try again';
  return new MoveError(
    'FLIP_BLOCKED',
    `The fences could not be locked within ${patienceMs} ms. ${why}. Nothing was changed.`,
    { cause },
  );
}

function describeHolder({ pid, gid, name, state, modes, seconds }: MoveRow): string {
  const who = pid === null ? `the prepared transaction "${String(gid)}"` : `process ${String(pid)}`;
  const what = [name, state].filter((part) => part !== null).join(', ');
  const age = seconds === null ? 'its age hidden from this user' : `its transaction ${String(seconds)} s old`;
  return `${who} (${what === '' ? '' : `${what}, `}${age}, with ${String(modes)})`;
}
