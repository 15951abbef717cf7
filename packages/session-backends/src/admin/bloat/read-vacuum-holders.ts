import type { SqlExecutor } from '../../sql-executor.ts';

/** What keeps a vacuum from removing rows that have been dead for less long than this is there. */
export interface VacuumHolder {
  readonly kind: 'transaction' | 'prepared transaction' | 'replication slot' | 'standby';
  /** The process, or the name. Never what it runs: that may hold data. */
  readonly name: string;
  /** Whose it is, and what it is doing, such as "idle in transaction". */
  readonly detail: string;
  /** How long it has been there, in seconds; `undefined`: the server does not say. */
  readonly seconds: number | undefined;
  /** Transactions that have begun since. */
  readonly transactions: number;
}

export interface VacuumHolders {
  /** The oldest first. */
  readonly holders: readonly VacuumHolder[];
  /** Whether this user sees the transactions of every other. */
  readonly complete: boolean;
}

const COMPLETE = `select pg_has_role(current_user, 'pg_read_all_stats', 'usage') as complete`;

/** A snapshot holds rows in its own database; a transaction that has written is open to every snapshot, in any. */
const READ = `select * from (
    select case when a.backend_type = 'walsender' then 'standby' else 'transaction' end as kind, a.pid::text as name,
      concat_ws(', ', 'user ' || a.usename, nullif(a.application_name, ''), a.state,
        case when a.datname <> current_database() then 'database ' || a.datname end) as detail,
      extract(epoch from clock_timestamp() - a.xact_start)::float8 as seconds,
      greatest(case when a.datname = current_database() or a.datname is null or a.backend_type = 'walsender'
        then age(a.backend_xmin) end, age(a.backend_xid))::float8 as transactions
    from pg_stat_activity a
    where a.pid <> pg_backend_pid() and a.backend_type in ('client backend', 'walsender', 'background worker',
      'parallel worker', 'logical replication worker')
    union all
    select 'prepared transaction', p.gid, 'user ' || p.owner || ', database ' || p.database,
      extract(epoch from clock_timestamp() - p.prepared)::float8, age(p.transaction)::float8
    from pg_prepared_xacts p
    union all
    select 'replication slot', s.slot_name, case when s.active then 'in use' else 'not in use' end, null,
      age(s.xmin)::float8
    from pg_replication_slots s
  ) h where h.transactions is not null order by h.transactions desc, h.seconds desc nulls last limit 10`;

/** Looks for whatever holds a vacuum in this database back. @throws {SqlFailure} */
export async function readVacuumHolders(executor: SqlExecutor): Promise<VacuumHolders> {
  const [answer] = await executor.query(COMPLETE, [], { name: 'sy_vacuum_complete' });
  const rows = await executor.query(READ, [], { name: 'sy_vacuum_holders' });
  const holders = rows.map((row) => ({
    kind: row['kind'] as VacuumHolder['kind'],
    name: String(row['name']),
    detail: String(row['detail']),
    seconds: row['seconds'] === null ? undefined : Number(row['seconds']),
    transactions: Number(row['transactions']),
  }));
  return { holders, complete: answer?.['complete'] === true };
}
