import type { StoredKey } from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveRow } from '../move-database.ts';
import type { Compared } from './compared.ts';
import { ROW_HASH } from './row-hash.ts';
import type { KeyRange, Scope } from './scope.ts';

/** Rows of one statement at most, and of one part of its digest. */
const PAGE = 4_096;
const PART = 256;

/** A range of at most PAGE rows at each side, and where its parts begin but the first. */
interface Page extends KeyRange {
  readonly starts: readonly string[];
}

/**
 * Compares all rows: the digests of some 256 rows at a time, and row by row only what lies where those differ. Holds one
 * page of keys in memory; the session data does not travel.
 */
export async function* comparePages(scope: Scope): AsyncGenerator<Compared> {
  for (const range of scope.ranges)
    for (let from = range.from; ;) {
      const page = await nextPage(scope, { from, to: range.to });
      yield await comparePage(scope, page);
      if (page.to === range.to) break;
      from = page.to as string;
    }
}

const within = (key: string): string => `${key} >= $1 and ($2::text is null or ${key} < $2)`;

/** `textOf` is given the key, to be put in order. */
async function askBoth(
  { sides, order }: Scope,
  textOf: (key: string) => string,
  values: readonly unknown[],
): Promise<Readonly<Record<SiteName, readonly MoveRow[]>>> {
  const ask = (side: SiteName): Promise<readonly MoveRow[]> =>
    sides[side].database.query(textOf(`session_key${order[side]}`), values);
  const [old, fresh] = await Promise.all([ask('old'), ask('new')]);
  return { old, new: fresh };
}

const STARTS = (key: string): string => `select session_key from (
    select session_key, row_number() over (order by ${key}) as n from session where ${within(key)}
      order by ${key} limit ${PAGE + 1}) k
  where n > 1 and n % ${PART} = 1 order by n`;

/** The page ends where the first of the two sides has had enough rows. */
async function nextPage(scope: Scope, range: KeyRange): Promise<Page> {
  const rows = await askBoth(scope, STARTS, [range.from, range.to]);
  const old = rows.old.map(keyOf);
  const fresh = rows.new.map(keyOf);
  const [oldEnd, newEnd] = [old[PAGE / PART - 1], fresh[PAGE / PART - 1]];
  if (oldEnd === undefined && newEnd === undefined)
    return { ...range, starts: old.length >= fresh.length ? old : fresh };
  const leads = newEnd === undefined || (oldEnd !== undefined && oldEnd < newEnd) ? old : fresh;
  return { from: range.from, to: leads.at(-1) as string, starts: leads.slice(0, -1) };
}

const keyOf = (row: MoveRow): StoredKey => row['session_key'] as StoredKey;

const DIGESTS = (key: string): string => `select width_bucket(${key}, $3::text[]) as part, count(*)::int as rows,
    sum(${ROW_HASH})::text as hashes
  from session where ${within(key)} group by 1`;

async function comparePage(scope: Scope, page: Page): Promise<Compared> {
  const digests = await askBoth(scope, DIGESTS, [page.from, page.to, page.starts]);
  const rows = { old: count(digests.old), new: count(digests.new) };
  const [old, fresh] = [byPart(digests.old), byPart(digests.new)];
  const differing = [...new Set([...old.keys(), ...fresh.keys()])].filter((part) => old.get(part) !== fresh.get(part));
  if (differing.length === 0) return { rows, suspects: [], expiredOnly: 0, notCovered: 0 };
  return { rows, ...(await compareRows(scope, page, differing)) };
}

const count = (digests: readonly MoveRow[]): number => digests.reduce((sum, row) => sum + (row['rows'] as number), 0);

const byPart = (digests: readonly MoveRow[]): Map<number, string> =>
  new Map(digests.map(({ part, rows, hashes }) => [part as number, `${String(rows)} ${String(hashes)}`]));

const ROWS = (key: string): string => `select session_key, ${ROW_HASH}::text as hash,
    expires_at <= $5::timestamptz as expired
  from session where ${within(key)} and width_bucket(${key}, $3::text[]) = any ($4::int[])`;

/** Row by row. What has expired, or is still to be copied, needs no second look: it stays so, or gets better. */
async function compareRows(scope: Scope, page: Page, parts: readonly number[]): Promise<Omit<Compared, 'rows'>> {
  const rows = await askBoth(scope, ROWS, [page.from, page.to, page.starts, parts, scope.startedAt]);
  const old = new Map(rows.old.map((row) => [keyOf(row), row]));
  const fresh = new Map(rows.new.map((row) => [keyOf(row), row]));
  const suspects: StoredKey[] = [];
  let expiredOnly = 0;
  let notCovered = 0;
  for (const key of new Set([...old.keys(), ...fresh.keys()])) {
    const [a, b] = [old.get(key), fresh.get(key)];
    const bucket = scope.bucketOf(key);
    if (a?.['hash'] === b?.['hash'] || !scope.buckets.has(bucket)) continue;
    if (a?.['expired'] !== false && b?.['expired'] !== false) expiredOnly++;
    else if (b === undefined && !scope.covered.has(bucket)) notCovered++;
    else suspects.push(key);
  }
  return { suspects, expiredOnly, notCovered };
}
