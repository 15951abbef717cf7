import { fencedStore, epochOf, postgresSite, type Site, type SiteWrite } from '@switchyard/session-backends/fence';
import { pgExecutor, type PgExecutorOptions, type StoredKey } from '@switchyard/session-backends';
import type { Pool } from 'pg';
import { slowExecutor } from './slow-executor.ts';
import { storedKeyIn } from './stored-keys.ts';

export interface BusyWriters {
  readonly counts: { served: number; refused: number };
  /** Operations that began after a flip and were yet served in an epoch from before it. */
  readonly outdated: string[];
  /** To be told of every flip that has been committed. */
  flipped(buckets: readonly number[], epoch: number): void;
  /** @throws what any of the writers has met */
  stop(): Promise<void>;
}

const LATER = new Date('2100-01-01T00:00:00Z');
const NOBODY = { believedEpoch: 0, adoptedEpoch: null } as const;
const BODY = { data: '{"basket":{}}', expiresAt: LATER, userId: null } as const;
const SLOW_MS = 8;

/**
 * Clients that write to the given buckets as fast as they can: ten through the statements of the site (all kinds, the plain
 * form and the set form, named and not, in slow transactions, waiting for rows that somebody holds), and two through the
 * store. Each needs a connection of the pool.
 */
export async function startBusyWriters(
  pool: Pool,
  buckets: readonly number[],
  options: PgExecutorOptions = {},
): Promise<BusyWriters> {
  const usual = postgresSite({ name: 'old', executor: pgExecutor(pool, options) });
  const unnamed = postgresSite({ name: 'old', executor: pgExecutor(pool, { named: false }) });
  const slow = postgresSite({ name: 'old', executor: slowExecutor(pool, SLOW_MS, options) });
  const store = fencedStore({ sites: [usual] });
  const epochs = new Map<number, number>();
  const counts = { served: 0, refused: 0 };
  const outdated: string[] = [];
  let stopped = false;
  let turn = 0;
  const nextBucket = (): number => buckets[turn++ % buckets.length] as number;

  const newKeys = async (): Promise<Map<number, StoredKey>> => {
    const keys = new Map(buckets.map((bucket) => [bucket, storedKeyIn(bucket)]));
    await usual.write(
      [...keys].map(([bucket, key]) => ({ kind: 'create', key, bucket, ...BODY, ...NOBODY, fresh: true })),
    );
    return keys;
  };

  const note = (what: string, bucket: number, known: number, version: number | undefined): boolean => {
    if (version === undefined) counts.refused++;
    else counts.served++;
    if (version !== undefined && epochOf(version) < known)
      outdated.push(`a ${what} in bucket ${bucket}: epoch ${epochOf(version)} after ${known}`);
    return version !== undefined;
  };
  const known = (bucket: number): number => epochs.get(bucket) ?? 0;

  const write = async (site: Site, writes: readonly SiteWrite[]): Promise<boolean> => {
    const before = writes.map(({ bucket }) => known(bucket));
    const results = await site.write(writes);
    return writes
      .map(({ kind, bucket }, i) => note(kind, bucket, before[i] as number, results[i]?.version))
      .every((served) => served);
  };

  const update = (bucket: number, key: StoredKey): SiteWrite => ({
    kind: 'update',
    key,
    bucket,
    ...BODY,
    ...NOBODY,
    expectedVersion: undefined,
    step: 1,
  });
  const keyOf = (keys: ReadonlyMap<number, StoredKey>, bucket: number): StoredKey => keys.get(bucket) as StoredKey;

  const updater = (site: Site, keys: ReadonlyMap<number, StoredKey>) => (): Promise<boolean> => {
    const bucket = nextBucket();
    return write(site, [update(bucket, keyOf(keys, bucket))]);
  };
  const setUpdater = (site: Site, keys: ReadonlyMap<number, StoredKey>) => (): Promise<boolean> =>
    write(
      site,
      [...keys].map(([bucket, key]) => update(bucket, key)),
    );
  const toucher = (keys: ReadonlyMap<number, StoredKey>) => (): Promise<boolean> => {
    const bucket = nextBucket();
    return write(usual, [{ kind: 'touch', key: keyOf(keys, bucket), bucket, ...NOBODY, expiresAt: LATER }]);
  };
  const creator = () => async (): Promise<boolean> => {
    const bucket = nextBucket();
    const key = storedKeyIn(bucket);
    const created = await write(slow, [{ kind: 'create', key, bucket, ...BODY, ...NOBODY, fresh: true }]);
    return created && write(usual, [{ kind: 'destroy', key, bucket, ...NOBODY }]);
  };
  const renamer = (keys: Map<number, StoredKey>) => async (): Promise<boolean> => {
    const bucket = nextBucket();
    const newKey = storedKeyIn(bucket);
    const renamed = await write(slow, [
      { ...update(bucket, keyOf(keys, bucket)), kind: 'rename', newKey } as SiteWrite,
    ]);
    if (renamed) keys.set(bucket, newKey);
    return renamed;
  };
  /** Compare-and-set through the store, which has to load first. */
  const saver = (keys: ReadonlyMap<number, StoredKey>) => async (): Promise<boolean> => {
    const bucket = nextBucket();
    const key = keyOf(keys, bucket);
    const before = known(bucket);
    const [loaded] = await store.load([key]);
    if (loaded?.status !== 'found') return note('load', bucket, before, undefined);
    const expectedVersion = loaded.record.version;
    const [saved] = await store.apply([{ kind: 'update', key, ...BODY, expectedVersion }]);
    return note('save', bucket, before, saved?.status === 'ok' ? saved.version : undefined);
  };
  /** Holds rows that others want, without a look at the fence: their statements wait, with an old snapshot. */
  const holder = (keys: ReadonlyMap<number, StoredKey>) => async (): Promise<boolean> => {
    await slowExecutor(pool, SLOW_MS, options).query(
      'select from session where session_key = any ($1) order by session_key for update',
      [[...keys.values()]],
      { name: 'hold' },
    );
    return true;
  };

  const [mine, shared, moving] = await Promise.all([newKeys(), newKeys(), newKeys()]);
  const work = [
    updater(usual, mine),
    updater(usual, mine),
    updater(unnamed, mine),
    updater(slow, mine),
    setUpdater(usual, mine),
    setUpdater(slow, shared),
    updater(usual, shared),
    toucher(mine),
    creator(),
    renamer(moving),
    saver(mine),
    saver(shared),
    holder(shared),
  ];
  const failures: unknown[] = [];
  const loops = work.map(async (once) => {
    while (!stopped)
      await once().catch((error: unknown) => {
        failures.push(error);
        stopped = true;
      });
  });

  return {
    counts,
    outdated,
    flipped: (flippedBuckets, epoch) => flippedBuckets.forEach((bucket) => epochs.set(bucket, epoch)),
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
      if (failures.length > 0) throw failures[0];
    },
  };
}
