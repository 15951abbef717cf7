import { cachedStore, drawSessionKey, encodeKey, memoryCache } from '@switchyard/session-backends';
import { fencedStore } from '@switchyard/session-backends/fence';
import { readFleet, startHeartbeat } from '../../src/fleet/heartbeat.ts';
import { siteMeter } from '../../src/fleet/site-meter.ts';
import { createMoveController } from '../../src/move-controller.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';
import { until } from '../support/until.ts';

describe('the processes that an operator sees', () => {
  let sides: TwoSides;
  beforeEach(async () => {
    sides = await openTwoSides();
  });
  afterEach(() => sides.databases.close());
  const databases = () => [sides.old.database, sides.new.database];

  it('are those that report, with the epochs they have seen and what their statements took, until they leave', async () => {
    const meter = siteMeter();
    const store = fencedStore({ sites: [meter.watch(sides.old.site), meter.watch(sides.new.site)] });
    const key = encodeKey(drawSessionKey());
    await store.load([key]);
    const heartbeat = startHeartbeat({ databases: databases(), meter, role: 'shop', everyMs: 30 });
    await until('it is seen', async () => (await readFleet(databases())).length === 1);
    expect(await readFleet(databases())).toMatchObject([
      { role: 'shop', name: expect.stringContaining(`/${process.pid}/`) },
    ]);

    await createMoveController(sides).start();
    await createMoveController(sides).switch('new');
    await until('the switch is seen', async () => {
      await store.load([key]);
      const [seen] = await readFleet(databases());
      return seen?.highestEpoch === 2 && seen.sides.new.statements > 0 && seen.sides.new.p99Ms > 0;
    });
    await heartbeat.close();
    expect(await readFleet(databases())).toEqual([]);
  });

  it('are seen as long as one database answers', async () => {
    const broken = { query: () => Promise.reject(new Error('away')) };
    const heartbeat = startHeartbeat({ databases: [broken, sides.new.database], meter: siteMeter(), everyMs: 10_000 });
    await until('it is seen', async () => (await readFleet([broken, sides.new.database])).length === 1);
    await heartbeat.close();
  });
});

describe('a site meter', () => {
  it('counts statements, failures and quantiles, and begins anew with each report', async () => {
    let clock = 0;
    const meter = siteMeter(() => clock);
    const took = [1, 2, 3, 4, 100];
    const site = meter.watch({
      name: 'old',
      fences: async () => [],
      load: async () => {
        clock += took.shift() as number;
        if (took.length === 0) throw new Error('away');
        return [];
      },
      write: async () => [],
      copy: async () => [],
    });
    for (let i = 0; i < 5; i++) await Promise.allSettled([site.load([])]);
    const nothing = { statements: 0, errors: 0, reads: 0, writes: 0, errorCodes: {}, p50Ms: 0, p99Ms: 0 };
    const report = meter.take();
    expect(report.windowMs).toBe(110);
    expect(report.sides.old).toEqual({
      ...nothing,
      statements: 5,
      errors: 1,
      errorCodes: { Error: 1 },
      p50Ms: 3,
      p99Ms: 100,
    });
    expect(meter.take()).toMatchObject({ windowMs: 0, sides: { old: nothing } });
  });

  it('tells where sessions are read and written: in the cache, and at which side', async () => {
    const databases = await openTwoSides();
    try {
      const meter = siteMeter();
      const fenced = fencedStore({ sites: [meter.watch(databases.old.site), meter.watch(databases.new.site)] });
      const store = cachedStore({ store: fenced, cache: meter.watchCache(memoryCache()) });
      const key = encodeKey(drawSessionKey());
      const expiresAt = new Date(Date.now() + 60_000);
      expect(meter.take().cache).toEqual({ reads: 0, misses: 0, errors: 0 });
      await store.apply([{ kind: 'create', key, data: '{}', expiresAt, userId: null, fresh: false }]);
      await store.load([key]);
      await store.load([key]);
      expect(meter.take()).toMatchObject({
        sides: { old: { reads: 1, writes: 1 }, new: { reads: 0, writes: 0 } },
        cache: { reads: 1, misses: 1, errors: 0 },
      });
    } finally {
      await databases.databases.close();
    }
  });
});
