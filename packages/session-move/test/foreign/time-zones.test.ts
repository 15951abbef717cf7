import type { StoredKey } from '@switchyard/session-backends';
import { assessSource } from '../../src/foreign/assess-source.ts';
import { createMoveController } from '../../src/move-controller.ts';
import { pgMoveDatabase } from '../../src/move-database.ts';
import { backfill } from '../../src/worker/backfill.ts';
import { connectPgSimpleShop, type LibraryShop } from './connect-pg-simple-shop.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';

const HOUR_MS = 3_600_000;
/** The library rounds up to whole seconds, and its processes' clock is not the database's. */
const NEARLY_MS = 5_000;

describe('the column expire of connect-pg-simple, which has no time zone', () => {
  let sides: ForeignSides;
  let shops: LibraryShop[];
  beforeEach(async () => {
    sides = await openForeignSides('connect-pg-simple', 'Asia/Kolkata');
    shops = [];
  });
  afterEach(async () => {
    await Promise.all(shops.map((shop) => shop.close()));
    await sides.close();
  });
  const shopIn = (timeZone: string): LibraryShop => {
    const shop = connectPgSimpleShop(sides.libraryPool(timeZone));
    shops.push(shop);
    return shop;
  };
  const expiryOf = async (side: 'old' | 'new', key: string): Promise<number | undefined> => {
    const [load] = await sides[side].site.load([{ key: key as StoredKey, bucket: 0 }]);
    return load?.row?.expiresAt.getTime();
  };
  const expectInAnHour = (at: number | undefined): void => {
    const error = Math.abs((at ?? 0) - (Date.now() + HOUR_MS));
    expect(error).toBeLessThan(NEARLY_MS);
  };

  it('is read in the zone of the library for what was there before, and in the writer’s own for what it writes', async () => {
    const [kolkata, newYork] = [shopIn('Asia/Kolkata'), shopIn('America/New_York')];
    await kolkata.set('before', { n: 1 });
    await sides.makeReady();
    await createMoveController(sides).start();
    await kolkata.set('kolkata', { n: 2 });
    await newYork.set('new york', { n: 3 });
    await newYork.set('touched', { n: 4 }, 60_000);
    await newYork.touch('touched', { n: 4 });
    for (const key of ['before', 'kolkata', 'new york', 'touched']) expectInAnHour(await expiryOf('old', key));
    await backfill(sides, { keyEncoding: 'plain', throttle: 'off' });
    for (const key of ['before', 'kolkata', 'new york', 'touched'])
      expect(await expiryOf('new', key)).toBe(await expiryOf('old', key));
  });

  it('is written in the zone of the library, so that it finds what was saved through us', async () => {
    await sides.makeReady();
    const [created] = await sides.openStore().apply([
      {
        kind: 'create',
        key: 'ours' as StoredKey,
        data: '{"cookie":{},"n":5}',
        expiresAt: new Date(Date.now() + 60_000),
        userId: null,
        fresh: false,
      },
    ]);
    expect(created?.status).toBe('ok');
    expect(await shopIn('Asia/Kolkata').get('ours')).toMatchObject({ n: 5 });
    // Further east, the same local time has passed hours ago.
    expect(await shopIn('Asia/Tokyo').get('ours')).toBeUndefined();
  });

  it('keeps an expiry exactly that falls into the hour which clocks repeat', async () => {
    await sides.databases.main.query('drop table session');
    await sides.close();
    sides = await openForeignSides('connect-pg-simple', 'Europe/Berlin');
    await sides.makeReady();
    const expiresAt = new Date('2099-10-25T00:30:00Z');
    const row = { key: 'ours' as StoredKey, data: '{}', expiresAt, userId: null };
    await sides.openStore().apply([{ kind: 'create', ...row, fresh: false }]);
    expect(await expiryOf('old', 'ours')).toBe(expiresAt.getTime());
  });

  describe('is looked at before a move starts', () => {
    const assess = async (timeZone?: string) =>
      assessSource(pgMoveDatabase(sides.databases.main), { kind: 'connect-pg-simple', timeZone });

    it('and refused in a zone in which the sessions themselves say otherwise', async () => {
      const shop = shopIn('Asia/Kolkata');
      for (let i = 0; i < 20; i++) await shop.set(`s${i}`, {});
      for (let i = 0; i < 5; i++) await shop.touch(`s${i}`, {}, 2 * HOUR_MS + (i + 1) * 7_001);
      const right = await assess('Asia/Kolkata');
      expect(right).toMatchObject({ isUsable: true, zone: { rows: 20, agree: 15, shifted: 0 } });
      expect(right.zone?.example?.column).not.toContain('Z');
      const wrong = await assess('UTC');
      expect(wrong).toMatchObject({ isUsable: false, zone: { agree: 0, shifted: 15, shiftedBy: 330 } });
      expect(wrong.checks.filter(({ ok }) => !ok)).toEqual([
        expect.objectContaining({
          name: 'time zone of the column expire',
          value: expect.stringContaining('15 are off by +5.5 h'),
        }),
      ]);
    });

    it('and refused when processes have written in two zones', async () => {
      const [kolkata, tokyo] = [shopIn('Asia/Kolkata'), shopIn('Asia/Tokyo')];
      for (let i = 0; i < 10; i++) await kolkata.set(`k${i}`, {});
      for (let i = 0; i < 5; i++) await tokyo.set(`t${i}`, {});
      expect((await assess('Asia/Kolkata')).isUsable).toBe(false);
      expect((await assess('Asia/Tokyo')).isUsable).toBe(false);
    });

    it('and taken from the settings of those who write there, if all have the same', async () => {
      const { main } = sides.databases;
      const name = new URL(sides.databases.urls.main).pathname.slice(1);
      await main.query(`alter database "${name}" set timezone = 'Asia/Kolkata'`);
      expect(await assess()).toMatchObject({ isUsable: true, table: { timeZone: 'Asia/Kolkata' } });
      await main.query(`alter role current_user in database "${name}" set timezone = 'Asia/Tokyo'`);
      expect(await assess()).toMatchObject({ isUsable: true, table: { timeZone: 'Asia/Tokyo' } });
      expect(await assess('Atlantis/Capital')).toMatchObject({ isUsable: false, sql: undefined });
    });
  });

  it('is part of what a table was made ready for', async () => {
    await sides.makeReady();
    const again = await assessSource(pgMoveDatabase(sides.databases.main), {
      kind: 'connect-pg-simple',
      timeZone: 'UTC',
    });
    expect(again.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['schema switchyard is the move’s']);
  });
});
