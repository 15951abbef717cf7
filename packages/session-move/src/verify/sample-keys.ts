import type { StoredKey } from '@switchyard/session-backends';
import type { SiteLoad, SiteRow } from '@switchyard/session-backends/fence';
import type { MoveSide } from '../move-side.ts';
import type { Compared } from './compared.ts';
import type { Scope } from './scope.ts';

/** Rows that one round draws, about; and keys that are loaded by one statement. */
const ROUND = 1_000;
const BATCH = 100;

/**
 * Draws a share of the rows, half of it at either side, and loads them through both sites at the same moment, by the statement that
 * serves shoppers. Draws pages of the tables, not single rows, so that what is not drawn is not read.
 */
export async function* sampleKeys(scope: Scope, share: number): AsyncGenerator<Compared> {
  const rounds = Math.max(1, Math.ceil((share * scope.rows) / ROUND));
  for (let round = 0; round < rounds; round++) {
    const drawn = await Promise.all([scope.sides.old, scope.sides.new].map((side) => draw(side, share / rounds / 2)));
    const keys = [...new Set(drawn.flat())].filter((key) => scope.buckets.has(scope.bucketOf(key)));
    for (let i = 0; i < keys.length; i += BATCH) yield await compareLoads(scope, keys.slice(i, i + BATCH));
  }
}

/** What is no table has no pages to be drawn: all of it is gone through. */
const DRAW = {
  table: 'select session_key from session tablesample system ($1)',
  view: 'select session_key from session where random() * 100 < $1',
};

async function draw({ database }: MoveSide, share: number): Promise<StoredKey[]> {
  const [found] = await database.query(`select relkind = 'v' as view from pg_class where oid = 'session'::regclass`);
  const rows = await database.query(DRAW[found?.['view'] === true ? 'view' : 'table'], [100 * share]);
  return rows.map((row) => row['session_key'] as StoredKey);
}

async function compareLoads(scope: Scope, keys: readonly StoredKey[]): Promise<Compared> {
  const asked = keys.map((key) => ({ key, bucket: scope.bucketOf(key) }));
  const [old, fresh] = await Promise.all([scope.sides.old.site.load(asked), scope.sides.new.site.load(asked)]);
  const found = (loads: readonly SiteLoad[]): number => loads.filter(({ row }) => row !== undefined).length;
  const suspects: StoredKey[] = [];
  let notCovered = 0;
  for (const [i, { key, bucket }] of asked.entries()) {
    const [a, b] = [old[i]?.row, fresh[i]?.row];
    if (isSame(a, b)) continue;
    if (b === undefined && !scope.covered.has(bucket)) notCovered++;
    else suspects.push(key);
  }
  return { rows: { old: found(old), new: found(fresh) }, suspects, expiredOnly: 0, notCovered };
}

const isSame = (a: SiteRow | undefined, b: SiteRow | undefined): boolean =>
  a?.version === b?.version &&
  a?.data === b?.data &&
  a?.userId === b?.userId &&
  a?.expiresAt.getTime() === b?.expiresAt.getTime();
