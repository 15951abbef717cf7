import type { StoredKey } from '@switchyard/session-backends';
import { createMoveController, type MoveController } from '../../src/move-controller.ts';
import { drain } from '../../src/outbox.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import type { VerifyOptions } from '../../src/verify/verify-options.ts';
import { backfill } from '../../src/worker/backfill.ts';
import { connectPgSimpleShop, type LibraryShop } from './connect-pg-simple-shop.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';

describe('what came past the triggers of a library’s table', () => {
  let sides: ForeignSides;
  let library: LibraryShop;
  let controller: MoveController;
  beforeEach(async () => {
    sides = await openForeignSides('connect-pg-simple');
    library = connectPgSimpleShop(sides.libraryPool());
    for (const sid of ['one', 'two', 'three']) await library.set(sid, { n: 1 });
    await sides.makeReady();
    controller = createMoveController(sides);
    await controller.start();
    await library.set('two', { n: 2 });
    await backfill(sides, { keyEncoding: 'plain', throttle: 'off' });
    await drain(sides.old, sides.new);
  });
  afterEach(async () => {
    await library.close();
    await sides.close();
  });

  const verify = (options: VerifyOptions = {}) => verifyMove(sides, { keyEncoding: 'plain', ...options });
  const behindTriggers = async (sql: string): Promise<void> => {
    const client = await sides.databases.main.connect();
    await client.query(`set session_replication_role = replica; ${sql}`);
    client.release(true);
  };
  const rowAt = async (side: 'old' | 'new', key: string): Promise<string | undefined> =>
    (await sides[side].site.load([{ key: key as StoredKey, bucket: 0 }]))[0]?.row?.data ?? undefined;

  it('is found, and carried where the old side is the one that serves', async () => {
    await behindTriggers(`update session set sess = '{"n":"changed"}' where sid in ('one', 'two')`);
    await behindTriggers(`insert into session values ('lost', '{"n":"lost"}', now() + interval '1 hour')`);
    expect(await verify()).toMatchObject({ clean: false, found: { corruption: 2, 'lost-capture': 1 } });
    await verify({ repair: true });
    await drain(sides.old, sides.new);
    expect(await verify()).toMatchObject({ clean: true });
    for (const key of ['one', 'two']) expect(await rowAt('new', key)).toBe('{"n":"changed"}');
    expect(await rowAt('new', 'lost')).toBe('{"n":"lost"}');
  });

  it('is found, and discarded on demand where it has moved', async () => {
    await controller.switch('new');
    await drain(sides.old, sides.new);
    await controller.settle();
    await drain(sides.new, sides.old);
    await behindTriggers(`insert into session values ('rogue', '{"n":"rogue"}', now() + interval '1 hour')`);
    expect(await verify()).toMatchObject({ clean: false, found: { 'rogue-writer': 1 } });
    await verify({ repair: true });
    expect(await rowAt('old', 'rogue')).toBe('{"n":"rogue"}');
    await verify({ repair: true, discardRogue: true });
    expect(await rowAt('old', 'rogue')).toBeUndefined();
    expect(await verify()).toMatchObject({ clean: true });
  });

  it('tombstones go when they have expired and everything is across; the library’s rows are its own to clean up', async () => {
    const purge = (): Promise<number> | undefined => sides.old.rows?.purge(new AbortController().signal);
    await library.set('expired', { n: 1 }, -60_000);
    await library.destroy('expired');
    await library.set('stale', { n: 1 }, -60_000);
    await library.destroy('one');
    expect(await purge()).toBe(0);
    await drain(sides.old, sides.new);
    expect(await purge()).toBe(1);
    const { rows } = await sides.databases.main.query(
      'select session_key, data is null as destroyed from switchyard.session order by 1',
    );
    expect(rows).toEqual([
      { session_key: 'one', destroyed: true },
      { session_key: 'stale', destroyed: false },
      { session_key: 'three', destroyed: false },
      { session_key: 'two', destroyed: false },
    ]);
  });

  it('nothing is written through the view but by a repair', async () => {
    const { main } = sides.databases;
    await expect(main.query(`update switchyard.session set data = '{}', version = version + 1`)).rejects.toMatchObject({
      code: 'SY001',
    });
    await expect(main.query('update switchyard.session set version = version')).rejects.toMatchObject({
      code: 'SY001',
    });
  });
});
