import { CLOSED } from '../model/fence-steps.ts';
import { isLostConnection } from '../is-lost-connection.ts';
import type { MoveDatabase } from '../move-database.ts';
import { SESSION_TABLES } from '../session-tables.ts';

/** A transaction that has been open for a second or more. */
export interface OpenTransaction {
  readonly pid: number;
  readonly application: string;
  readonly seconds: number;
}

/** What one database looks like from here, now. */
export type SideProbe =
  | { readonly reachable: false; readonly why: string }
  | {
      readonly reachable: true;
      /** Of a statement that reads one row, round trip included, in milliseconds. */
      readonly p50Ms: number;
      readonly p99Ms: number;
      /** Its clock minus this machine's, in milliseconds, give or take half a round trip. */
      readonly clockOffsetMs: number;
      /** Neither a replica nor set to read only. */
      readonly writable: boolean;
      readonly isolation: string;
      /** Tables and columns that a move needs and that are not there; a table that a complete move has dropped is not needed. */
      readonly missing: readonly string[];
      /** The oldest one, of anybody. */
      readonly oldestTransaction: OpenTransaction | undefined;
      /** By the planner's estimate; 0 when the table is gone. */
      readonly rows: number;
      /** Table, indexes and toast. */
      readonly bytes: number;
    };

const NEEDED: Readonly<Record<string, readonly string[]>> = {
  session: ['session_key', 'data', 'expires_at', 'expires_hour', 'version', 'user_id', 'created_at'],
  session_fence: ['bucket', 'epoch', 'state', 'merge', 'floor', 'capture', 'move_id'],
  session_outbox: ['session_key', 'bucket', 'version', 'created_at'],
  session_lease: ['name', 'holder', 'token', 'expires_at'],
  session_audit: ['at', 'actor', 'action', 'move_id', 'detail'],
  session_move_cursor: ['bucket', 'move_id', 'last_key', 'copied', 'done', 'updated_at'],
};

const needed = Object.entries(NEEDED).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`));

const CLOCK = `select extract(epoch from clock_timestamp())::float8 * 1000 as clock`;

const STATE = `select pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool as read_only,
  current_setting('default_transaction_isolation') as isolation,
  coalesce((select t.reltuples from (${SESSION_TABLES} limit 1) t), 0)::float8 as rows,
  coalesce((select sum(pg_total_relation_size(t.oid)) from (${SESSION_TABLES}) t), 0)::float8 as bytes`;

const MISSING = `select n.name from unnest($1::text[]) as n(name) where not exists (
  select from pg_attribute where attrelid = to_regclass(split_part(n.name, '.', 1))
    and attname = split_part(n.name, '.', 2) and attnum > 0 and not attisdropped)`;

/** After a move that is complete its fences let nothing in any more. */
const DROPPED = `select to_regclass('session') is null and bool_and(state = 'idle' and floor >= ${CLOSED}) as dropped from session_fence`;

const OLDEST = `select pid, coalesce(nullif(application_name, ''), backend_type) as application,
    extract(epoch from clock_timestamp() - xact_start)::int as seconds
  from pg_stat_activity
  where datname = current_database() and xact_start < clock_timestamp() - interval '1 second' and backend_type = 'client backend'
  order by xact_start limit 1`;

const ROUNDS = 15;

/** Asks a database a few short questions. Never rejects: that it cannot be reached is an answer. */
export async function probeSide(database: MoveDatabase): Promise<SideProbe> {
  try {
    const trips: { readonly tookMs: number; readonly offsetMs: number }[] = [];
    await database.query(CLOCK);
    for (let round = 0; round < ROUNDS; round++) {
      const sentAt = Date.now();
      const started = performance.now();
      const [row] = await database.query(CLOCK);
      const tookMs = performance.now() - started;
      trips.push({ tookMs, offsetMs: Number(row?.['clock']) - (sentAt + tookMs / 2) });
    }
    trips.sort((a, b) => a.tookMs - b.tookMs);
    const [[state], missing, [oldest]] = await Promise.all([
      database.query(STATE),
      findMissing(database),
      database.query(OLDEST),
    ]);
    return {
      reachable: true,
      p50Ms: trips[Math.floor(ROUNDS / 2)]?.tookMs as number,
      p99Ms: trips.at(-1)?.tookMs as number,
      // The shortest trip tells the time best.
      clockOffsetMs: trips[0]?.offsetMs as number,
      writable: state?.['read_only'] === false,
      isolation: String(state?.['isolation']),
      missing,
      oldestTransaction: oldest && {
        pid: oldest['pid'] as number,
        application: String(oldest['application']),
        seconds: Number(oldest['seconds']),
      },
      rows: Math.max(0, Number(state?.['rows'])),
      bytes: Number(state?.['bytes']),
    };
  } catch (error) {
    return { reachable: false, why: reasonOf(error) };
  }
}

async function findMissing(database: MoveDatabase): Promise<string[]> {
  const names = (await database.query(MISSING, [needed])).map((row) => String(row['name']));
  const beside = names.filter((name) => !name.startsWith('session.'));
  if (names.length === beside.length || beside.length > 0) return names;
  const [row] = await database.query(DROPPED);
  return row?.['dropped'] === true ? [] : names;
}

/** A code, or the class of the error: a driver's message may show where it connects to. */
function reasonOf(error: unknown): string {
  const { code, name, errors, message } = error as Record<'code' | 'name' | 'errors' | 'message', unknown>;
  if (typeof code === 'string') return code;
  // The driver has no codes for these.
  if (typeof message === 'string' && /^(timeout exceeded|Query read timeout)/.test(message)) return 'no answer in time';
  if (isLostConnection(error)) return 'the connection broke';
  // Every address of a host has been tried.
  if (Array.isArray(errors) && errors.length > 0) return reasonOf(errors[0]);
  return typeof name === 'string' ? name : 'unknown';
}
