import type { StoredKey } from '../keys.ts';
import {
  BUCKETS,
  copyApplies,
  decideFence,
  epochOf,
  firstVersion,
  mayAdopt,
  mayCreate,
  mayWriteOver,
  nextVersion,
  type Fence,
  type SiteName,
  type Version,
} from './rules.ts';
import type { Site, SiteCopy, SiteCopyResult, SiteKey, SiteLoad, SiteRow, SiteWrite, SiteWriteResult } from './site.ts';

export interface MemoryRow {
  readonly data: string | null;
  readonly expiresAt: Date;
  readonly version: Version;
  readonly userId: string | null;
}

export interface MemorySite extends Site {
  readonly rows: Map<StoredKey, MemoryRow>;
  readonly outbox: Map<StoredKey, { readonly bucket: number; readonly version: Version }>;
  setFence(bucket: number, change: Partial<Fence>): void;
}

export interface MemorySiteOptions {
  readonly name: SiteName;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
  readonly standalone?: boolean;
  readonly fence?: Partial<Fence>;
}

/** A site in memory, made of the same rules as the SQL: for tests, and for sessions that may be lost. */
export function memorySite({ name, now = Date.now, standalone = false, fence = {} }: MemorySiteOptions): MemorySite {
  const start: Fence = { epoch: 1, state: 'auth', merge: false, floor: 0, capture: false, moveId: null, ...fence };
  const fences: Fence[] = Array.from({ length: BUCKETS }, () => start);
  const rows = new Map<StoredKey, MemoryRow>();
  const outbox: MemorySite['outbox'] = new Map();
  const fenceOf = (bucket: number): Fence => fences[bucket] as Fence;
  const isLive = (row: MemoryRow): boolean => row.data !== null && row.expiresAt.getTime() > now();

  const load = ({ key, bucket }: SiteKey): SiteLoad => ({ fence: fenceOf(bucket), row: toSiteRow(rows.get(key)) });

  const toSiteRow = (row: MemoryRow | undefined): SiteRow | undefined =>
    row && { ...row, data: row.expiresAt.getTime() > now() ? row.data : null, live: isLive(row) };

  const put = (fenceRow: Fence, { key, bucket }: SiteKey, row: MemoryRow): Version => {
    rows.set(key, row);
    if (fenceRow.capture) outbox.set(key, { bucket, version: Math.max(row.version, outbox.get(key)?.version ?? 0) });
    return row.version;
  };

  const write = (item: SiteWrite): SiteWriteResult => {
    const at = fenceOf(item.bucket);
    const refused = { fence: at, version: undefined };
    const decision = decideFence(name, at, item.believedEpoch, standalone);
    if (decision.kind === 'bounce') return refused;
    const { epoch, merge } = decision;
    const row = rows.get(item.key);
    if (item.kind === 'create') {
      if (row !== undefined || !mayCreate(merge, item.fresh, epoch, item.adoptedEpoch)) return refused;
      const { data, expiresAt, userId } = item;
      return { fence: at, version: put(at, item, { data, expiresAt, userId, version: firstVersion(epoch, now()) }) };
    }
    if (row === undefined || !isLive(row) || !mayWriteOver(merge, row.version, epoch, item.adoptedEpoch))
      return refused;
    if ('expectedVersion' in item && item.expectedVersion !== undefined && item.expectedVersion !== row.version)
      return refused;
    const version = nextVersion(row.version, epoch, item.kind === 'update' ? item.step : 1);
    switch (item.kind) {
      case 'update':
        return {
          fence: at,
          version: put(at, item, { data: item.data, expiresAt: item.expiresAt, userId: item.userId, version }),
        };
      case 'touch':
        return { fence: at, version: put(at, item, { ...row, expiresAt: item.expiresAt, version }) };
      case 'destroy':
        return { fence: at, version: put(at, item, { ...row, data: null, version }) };
      case 'rename': {
        if (rows.has(item.newKey)) return refused;
        put(at, item, { ...row, data: null, version });
        const renamed = {
          data: item.data,
          expiresAt: item.expiresAt,
          userId: item.userId,
          version: firstVersion(epoch, now()),
        };
        return { fence: at, version: put(at, { key: item.newKey, bucket: item.bucket }, renamed) };
      }
    }
  };

  const copy = ({
    key,
    bucket,
    data,
    expiresAt,
    version,
    userId,
    moveId,
    adoptEpoch,
    deadline,
  }: SiteCopy): SiteCopyResult => {
    const at = fenceOf(bucket);
    const applied =
      copyApplies(version, rows.get(key)?.version ?? 0, at.floor) &&
      at.moveId === moveId &&
      (adoptEpoch === null || mayAdopt(at, adoptEpoch)) &&
      (deadline === null || now() < deadline.getTime()) &&
      epochOf(version) >= 1;
    if (applied) rows.set(key, { data, expiresAt, version, userId });
    return { fence: at, applied };
  };

  return {
    name,
    rows,
    outbox,
    setFence: (bucket, change) => {
      fences[bucket] = { ...fenceOf(bucket), ...change };
    },
    fences: async () => fences,
    load: async (keys) => keys.map(load),
    write: async (writes) => writes.map(write),
    copy: async (copies) => copies.map(copy),
  };
}
