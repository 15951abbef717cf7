import type { SessionOperation, SessionStore, StoredKey } from '@switchyard/session-backends';
import { backfill } from '../../src/worker/backfill.ts';
import { createMoveController } from '../../src/move-controller.ts';
import { readFleet } from '../../src/fleet/heartbeat.ts';
import { drain } from '../../src/outbox.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import { connectPgSimpleShop, type LibraryShop } from './connect-pg-simple-shop.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';

const HOUR_MS = 3_600_000;

const found = async (store: SessionStore, key: string): Promise<Record<string, unknown> | undefined> => {
  const [result] = await store.load([key as StoredKey]);
  if (result?.status === 'unavailable') throw result.cause;
  return result?.status === 'found' ? (JSON.parse(result.record.data) as Record<string, unknown>) : undefined;
};

const apply = async (store: SessionStore, operation: SessionOperation): Promise<string> => {
  const [result] = await store.apply([operation]);
  return result?.status ?? 'none';
};

const write = (kind: 'create' | 'update', key: string, values: object): SessionOperation => {
  const row = {
    key: key as StoredKey,
    data: JSON.stringify({ cookie: { originalMaxAge: HOUR_MS }, ...values }),
    expiresAt: new Date(Date.now() + HOUR_MS),
    userId: null,
  };
  return kind === 'create' ? { kind, ...row, fresh: false } : { kind, ...row, expectedVersion: undefined };
};

describe('a move from the table of connect-pg-simple', () => {
  let sides: ForeignSides;
  let library: LibraryShop;
  beforeEach(async () => {
    sides = await openForeignSides('connect-pg-simple');
    library = connectPgSimpleShop(sides.libraryPool());
  });
  afterEach(async () => {
    await library.close();
    await sides.close();
  });

  it('goes there and back and there again, and the library writes whenever it is the one that may', async () => {
    await library.set('before', { basket: 1 });
    await library.set('Destroyed_-1', { basket: 9 });
    await sides.makeReady();
    const controller = createMoveController(sides);
    await controller.start();
    await library.set('meanwhile', { basket: 2 });
    expect(await readFleet([sides.old.database])).toMatchObject([{ role: 'library', silentForMs: expect.any(Number) }]);
    await library.destroy('Destroyed_-1');
    const store = sides.openStore();
    expect(await found(store, 'before')).toMatchObject({ basket: 1 });
    expect(await apply(store, write('update', 'before', { basket: 11 }))).toBe('ok');
    expect(await library.get('before')).toMatchObject({ basket: 11 });

    const options = { keyEncoding: 'plain' as const, throttle: 'off' as const };
    expect(await backfill(sides, options)).toMatchObject({ covered: 256 });
    await drain(sides.old, sides.new);
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true, rows: { old: 3, new: 3 } });

    await controller.switch('new');
    await drain(sides.old, sides.new);
    expect(await controller.settle()).toEqual([]);
    await expect(library.set('before', { basket: 0 })).rejects.toMatchObject({
      code: 'SY003',
      message: expect.stringContaining('served by another database now'),
    });
    await expect(library.destroy('before')).rejects.toMatchObject({ code: 'SY003' });
    await expect(library.touch('before', {})).rejects.toMatchObject({ code: 'SY003' });
    expect(await found(store, 'Destroyed_-1')).toBeUndefined();
    expect(await apply(store, write('update', 'meanwhile', { basket: 22 }))).toBe('ok');
    expect(await apply(store, write('create', 'New_session-1', { basket: 3 }))).toBe('ok');
    expect(await apply(store, { kind: 'destroy', key: 'before' as StoredKey })).toBe('ok');

    await controller.switch('old');
    await drain(sides.new, sides.old);
    expect(await controller.settle()).toEqual([]);
    expect(await library.get('meanwhile')).toMatchObject({ basket: 22 });
    expect(await library.get('New_session-1')).toMatchObject({ basket: 3 });
    expect(await library.get('before')).toBeUndefined();
    await library.set('New_session-1', { basket: 33 });
    await library.destroy('meanwhile');
    expect(await found(store, 'New_session-1')).toMatchObject({ basket: 33 });
    await drain(sides.old, sides.new);
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });

    await controller.switch('new');
    await drain(sides.old, sides.new);
    expect(await controller.settle()).toEqual([]);
    expect(await found(store, 'New_session-1')).toMatchObject({ basket: 33 });
    expect(await found(store, 'meanwhile')).toBeUndefined();
    await drain(sides.new, sides.old);
    await controller.complete();
    expect(await found(store, 'New_session-1')).toMatchObject({ basket: 33 });
    expect((await sides.databases.main.query('select from session')).rowCount).toBe(0);
    await expect(library.set('late', {})).rejects.toMatchObject({ code: 'SY003' });
  });

  it('can be cancelled before its first switch, and started again, whatever the library has done in between', async () => {
    for (const sid of ['kept', 'destroyed', 'changed']) await library.set(sid, { n: 1 });
    await sides.makeReady();
    const controller = createMoveController(sides);
    const options = { keyEncoding: 'plain' as const, throttle: 'off' as const };
    await controller.start();
    await backfill(sides, options);
    await library.set('changed', { n: 2 });
    await controller.cancel();
    await library.set('changed', { n: 3 });
    await library.destroy('destroyed');
    await library.set('new', { n: 4 });
    await controller.start();
    expect(await backfill(sides, options)).toMatchObject({ covered: 256 });
    await drain(sides.old, sides.new);
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });
    await controller.switch('new');
    const store = sides.openStore();
    const shown = await Promise.all(['kept', 'destroyed', 'changed', 'new'].map((key) => found(store, key)));
    expect(shown.map((session) => session?.['n'])).toEqual([1, undefined, 3, 4]);
  });
});
