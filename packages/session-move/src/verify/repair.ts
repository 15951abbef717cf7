import type { StoredKey } from '@switchyard/session-backends';
import { isForeign, maySend, otherSite, type SiteCopy, type SiteName } from '@switchyard/session-backends/fence';
import { copyRows } from '../copy-rows.ts';
import { COPY_DEADLINE, rowToCopy, senderOf } from '../row-to-copy.ts';
import { sourceOf, type Sighting, type Verdict } from './judge.ts';
import type { Scope } from './scope.ts';

/** A row that is wrong, and how that was seen. */
export interface Suspect {
  readonly key: StoredKey;
  readonly sighting: Sighting;
  readonly verdict: Verdict;
}

const READ = `select s.session_key, k.bucket::int, f.move_id, f.epoch, f.state, ${COPY_DEADLINE}, s.version, s.data, s.expires_at, s.user_id
  from unnest($1::text[], $2::smallint[]) as k(key, bucket)
  join session_fence f on f.bucket = k.bucket join session s on s.session_key = k.key`;

/** More than any writer's mark, so that nobody takes such a row for the write whose answer it has lost. */
const RAISE_BY = 65_537;

/**
 * Writes a row again as it is, under its next version, so that it is newer than whatever has its version, and is carried
 * across as every write is. Where two rows of one version differ, no copy can set that right, and taking the wrong one
 * away first would leave a moment in which the mirror knows nothing of the session. To everybody else this is a touch that
 * does not move the expiry: made by the authority alone, outside a merge (nothing has to be adopted then), only upwards,
 * only over the very version that was looked at, with its outbox entry in the same statement. A tombstone stays one, which
 * no write of the store can see to.
 */
const RAISE = `with i as materialized (
    select * from unnest($1::text[], $2::smallint[], $3::bigint[]) as i(key, bucket, version)),
  l as materialized (select s.session_key from session s join i on i.key = s.session_key order by s.session_key for update of s),
  w as (update session s
    set version = case when s.version >> 40 >= f.epoch then s.version else f.epoch::bigint << 40 end + ${RAISE_BY}
    from l join i on i.key = l.session_key join session_fence f on f.bucket = i.bucket
    where s.session_key = l.session_key and s.version = i.version and f.state = 'auth' and not f.merge and f.capture
    returning s.session_key, i.bucket, s.version),
  o as (insert into session_outbox (session_key, bucket, version) select session_key, bucket, version from w
    on conflict (session_key) do update set version = greatest(session_outbox.version, excluded.version))
  select session_key from w`;

/**
 * Takes away what a side holds that does not serve; only that very version, and only while the side still is in the same
 * epoch of the same move: it has become nobody's authority meanwhile, and nobody asks it in a merge.
 */
const DISCARD = `delete from session s
  using unnest($1::text[], $2::smallint[], $3::bigint[], $4::int[]) as i(key, bucket, version, epoch), session_fence f
  where s.session_key = i.key and s.version = i.version and f.bucket = i.bucket and f.state in ('idle', 'gone')
    and f.epoch <= i.epoch and f.move_id = $5`;

/**
 * Sets right what can be: a lost row is carried by the guarded copy; where that cannot help (the versions are the same, or
 * the mirror's floor is above it), the authority writes its row again first. What a rogue writer has left may be
 * somebody's: it is discarded only on demand, and not where the mirror is about to take over. While a bucket is in its
 * merge, lost rows are carried as far as copies can carry them, and the rest has to wait until it is over.
 *
 * Safe to repeat and to break off. What has been repaired is told by looking again.
 */
export async function repairRows(scope: Scope, suspects: readonly Suspect[], discardRogue: boolean): Promise<void> {
  const settled = suspects.filter(({ sighting }) => !sighting.reign.merge);
  const lost = suspects.filter(({ verdict }) => verdict.kind === 'lost-capture');
  const corrupt = settled.filter(({ verdict }) => verdict.kind === 'corruption');
  const rogue = discardRogue ? settled.filter(({ verdict }) => verdict.kind === 'rogue-writer') : [];
  for (const mirror of ['old', 'new'] as const)
    await discard(
      scope,
      mirror,
      rogue.filter(({ sighting }) => sighting.reign.side !== mirror),
    );
  for (const source of ['old', 'new'] as const) {
    const isFrom = ({ verdict, sighting }: Suspect): boolean => sourceOf(verdict, sighting.reign) === source;
    const refused = await carry(scope, source, [...lost, ...rogue].filter(isFrom));
    const raised = await raise(scope, source, [...corrupt.filter(isFrom), ...refused]);
    await carry(scope, source, raised);
  }
}

const bucketsOf = (scope: Scope, suspects: readonly Suspect[]): number[] =>
  suspects.map(({ key }) => scope.bucketOf(key));
const keysOf = (suspects: readonly Suspect[]): StoredKey[] => suspects.map(({ key }) => key);

/** Resolves to those that the other side lacks afterwards. */
async function carry(scope: Scope, source: SiteName, suspects: readonly Suspect[]): Promise<Suspect[]> {
  if (suspects.length === 0) return [];
  const rows = await scope.sides[source].database.query(READ, [keysOf(suspects), bucketsOf(scope, suspects)]);
  const copies: SiteCopy[] = rows
    .filter((row) => maySend(senderOf(row)) && !isForeign(Number(row['version']), senderOf(row)))
    .map(rowToCopy);
  const there = await copyRows(scope.sides[otherSite(source)], copies);
  const refused = new Set(copies.filter(({ key, version }) => (there.get(key) ?? 0) < version).map(({ key }) => key));
  return suspects.filter(({ key }) => refused.has(key));
}

/** Resolves to those that have a new version now. */
async function raise(scope: Scope, authority: SiteName, suspects: readonly Suspect[]): Promise<Suspect[]> {
  if (suspects.length === 0) return [];
  const rows = await scope.sides[authority].database.query(RAISE, [
    keysOf(suspects),
    bucketsOf(scope, suspects),
    suspects.map(({ verdict }) => verdict[authority].row?.version ?? 0),
  ]);
  const raised = new Set(rows.map((row) => row['session_key'] as StoredKey));
  return suspects.filter(({ key }) => raised.has(key));
}

async function discard(scope: Scope, mirror: SiteName, suspects: readonly Suspect[]): Promise<void> {
  if (suspects.length === 0) return;
  await scope.sides[mirror].database.transaction(async (query) => {
    await query(`set local switchyard.may_delete = 'yes'`);
    await query(DISCARD, [
      keysOf(suspects),
      bucketsOf(scope, suspects),
      suspects.map(({ verdict }) => verdict[mirror].row?.version ?? 0),
      suspects.map(({ sighting }) => sighting.reign.epoch),
      scope.moveId,
    ]);
  });
}
