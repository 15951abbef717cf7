import { createGrouping } from '../grouping.ts';
import { SqlFailure } from '../sql-executor.ts';
import type { SiteName } from './rules.ts';
import type { Site, SiteCopy, SiteCopyResult, SiteKey, SiteLoad, SiteWrite, SiteWriteResult } from './site.ts';

/** A site that is asked for one item at a time, and does together what is asked of it at the same time. */
export interface GroupedSite {
  readonly name: SiteName;
  load(key: SiteKey): Promise<SiteLoad>;
  /** At most one of a key at a time. The answer may be that somebody else holds the row. */
  write(write: SiteWrite): Promise<SiteWriteResult>;
  /** Waits for whoever holds the row. */
  writeAlone(write: SiteWrite): Promise<SiteWriteResult>;
  copy(copy: SiteCopy): Promise<SiteCopyResult>;
}

/**
 * Loads, and writes of each kind, under way at a time: while one is on its way or waits for the disk, the other is carried
 * out. Measured: with more, groups are smaller and cost more than that gains.
 */
const WIDTH = 2;

export function groupedSite(site: Site): GroupedSite {
  const writing = (): ((write: SiteWrite) => Promise<SiteWriteResult>) =>
    createGrouping({ call: (writes) => site.write(writes), width: WIDTH, isOfAnItem });
  const writes = { create: writing(), update: writing(), touch: writing(), destroy: writing() };
  const writeAlone = async (item: SiteWrite): Promise<SiteWriteResult> =>
    (await site.write([item]))[0] as SiteWriteResult;

  return {
    name: site.name,
    load: createGrouping({ call: (keys) => loadOnce(site, keys), width: WIDTH, isOfAnItem }),
    write: (item) => (item.kind === 'rename' ? writeAlone(item) : writes[item.kind](item)),
    writeAlone,
    copy: createGrouping({ call: (copies) => site.copy(copies), width: WIDTH, isOfAnItem }),
  };
}

/** Those who ask for the same key at the same time are told the same. */
async function loadOnce(site: Site, keys: readonly SiteKey[]): Promise<readonly SiteLoad[]> {
  const places = new Map<string, number>();
  const once = keys.filter(({ key }) => !places.has(key) && places.set(key, places.size));
  const answers = await site.load(once);
  return once.length === keys.length ? answers : keys.map(({ key }) => answers[places.get(key) as number] as SiteLoad);
}

/**
 * The server refused something in the statement, and so did nothing of it: a value that it cannot take (classes 22 and 54),
 * a constraint (23), or what a trigger says (ours are SY, P0 is what others raise).
 */
const OF_AN_ITEM = /^(22|23|54|SY|P0)/;

const isOfAnItem = (cause: unknown): boolean =>
  cause instanceof SqlFailure
    ? cause.outcome === 'none' && OF_AN_ITEM.test(cause.sqlState ?? '')
    : // A value that does not even go into a statement.
      cause instanceof TypeError || cause instanceof RangeError;
