import type { KeyEncoding } from '../keys.ts';

/** The bucket of a key, as keys.ts has it. Of what is no hash there is none, and nobody can say who serves it. */
const BUCKET: Readonly<Record<KeyEncoding, string>> = {
  sha256: `case when s.session_key ~ '^[0-9a-f]{64}$' then ('x' || left(s.session_key, 2))::bit(8)::int end`,
  plain: `get_byte(sha256(convert_to(s.session_key, 'UTF8')), 0)`,
};

const FENCED = (encoding: KeyEncoding): string => `session_fence f on f.bucket = ${BUCKET[encoding]}`;

/** Compared with the clock at the statement's beginning: an index cannot be searched by one that goes on meanwhile. */
const HOURS_PASSED = `expires_hour <= date_trunc('hour', now() at time zone 'UTC')`;
const EXPIRED = 's.expires_at < now()';

const EPOCH_START = '(f.epoch::bigint << 40)';

/** mayPurge; an idle site that no move has claimed serves a store that stands alone, as an authority does. */
const MAY_PURGE = `(f.state = 'auth' or (f.state = 'idle' and f.move_id is null)) and not f.merge
  and not exists (select from session_outbox o where o.session_key = s.session_key)`;

/** mayPurgeMirror, an hour past the expiry. */
const MAY_PURGE_MIRROR = `f.state = 'idle' and f.floor >= ${EPOCH_START} and s.version >> 40 <= f.epoch
  and s.expires_at < now() - interval '1 hour'`;

const DISPOSABLE = `(${MAY_PURGE} or ${MAY_PURGE_MIRROR})`;

export interface PurgeStatement {
  readonly name: string;
  readonly text: string;
}

/** $1 an hour: the next one that rows have expired in. As text: a process would take it for its own local time. */
export const nextHour: PurgeStatement = {
  name: 'sy_purge_hour',
  text: `select to_char(expires_hour, 'YYYY-MM-DD HH24:MI:SS') as hour from session
    where expires_hour > $1::timestamp and ${HOURS_PASSED} order by expires_hour limit 1`,
};

/** $1 an hour, $2 a key: what may go of that hour, after that key. */
export const pageOfHour = (encoding: KeyEncoding, limit: number): PurgeStatement => ({
  name: `sy_purge_page_${encoding}`,
  text: `select s.session_key, s.version::text as version from session s join ${FENCED(encoding)}
    where s.expires_hour = $1::timestamp and s.session_key > $2 and ${EXPIRED} and ${DISPOSABLE}
    order by s.session_key limit ${limit}`,
});

/**
 * $1 keys, $2 versions: deletes what still is as it was listed and still may go. Whoever is being written is skipped;
 * one that was written a moment ago has another version, and an outbox entry that this statement may not see yet. The
 * subselects keep the way to a row the one by its key, however many there are.
 */
export const deleteListed = (encoding: KeyEncoding): PurgeStatement => ({
  name: `sy_purge_${encoding}`,
  text: `with doomed as materialized (
    select d.session_key from unnest($1::text[], $2::bigint[]) as i(key, version) cross join lateral (
      select s.session_key from session s join ${FENCED(encoding)}
      where s.session_key = i.key and s.version = i.version and ${EXPIRED} and ${DISPOSABLE}
      for update of s skip locked) d),
  deleted as (delete from session where session_key = any (array(select session_key from doomed)) returning 1)
  select count(*)::int as deleted, set_config('switchyard.may_delete', 'yes', true) from deleted`,
});

/** How many rows have expired, and how many of them may go. */
export const countExpired = (encoding: KeyEncoding): PurgeStatement => ({
  name: `sy_purge_count_${encoding}`,
  text: `select count(*)::float8 as expired, count(*) filter (where ${DISPOSABLE})::float8 as disposable
    from session s left join ${FENCED(encoding)} where s.${HOURS_PASSED} and ${EXPIRED}`,
});

/** The same of tombstones alone, where they lie in a table of their own, beside the table of another library. */
export const deleteTombstones = (limit: number): PurgeStatement => ({
  name: 'sy_purge_tombstones',
  text: `delete from session_tombstone t using (
    select s.session_key, s.version from session_tombstone s join ${FENCED('plain')}
    where ${EXPIRED} and ${DISPOSABLE} limit ${limit} for update of s skip locked) d
  where t.session_key = d.session_key and t.version = d.version returning 1`,
});
