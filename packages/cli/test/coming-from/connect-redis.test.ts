import { setTimeout as sleep } from 'node:timers/promises';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { migratingStore, pgExecutor, type MoveFlags, type SessionStore } from '@switchyard/session-backends';
import session from 'express-session';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { fromConnectRedis, hashedKeys } from '@switchyard/session-backends/foreign';
import { sessionStoreContract } from '@switchyard/session-backends/testing';
import { asPromises } from './express-sessions.ts';
import { openConnectRedis, type OpenConnectRedis } from './open-connect-redis.ts';

let redis: OpenConnectRedis;
let databases: TestDatabases;
beforeAll(async () => {
  [redis, databases] = await Promise.all([openConnectRedis(), openTestDatabases()]);
});
afterAll(async () => {
  await Promise.all([redis?.close(), databases?.close()]);
});

const ours = (store: SessionStore) => asPromises(expressSessionStore(session, { store, keyEncoding: 'plain' }));

describe('connect-redis as a store of ours', () => {
  const contract = sessionStoreContract({
    keyEncoding: 'plain',
    lacks: ['tombstones', 'opaque data', 'milliseconds', 'atomic writes'],
    open: async () => {
      const broken = await redis.open();
      const other = await redis.open();
      return {
        store: fromConnectRedis(broken),
        other: fromConnectRedis(other),
        pass: (ms) => sleep(Math.max(0, ms)),
        fail: async () => void (broken.client as { destroy(): void }).destroy(),
        close: async () => {
          for (const { client } of [broken, other]) if (client.isOpen) (client as { destroy(): void }).destroy();
        },
      };
    },
  });
  it.each(contract)('$name', ({ run }) => run());

  it('shares its sessions with connect-redis, which goes on as before', async () => {
    const library = await redis.open();
    const [theirs, our] = [asPromises(library), ours(fromConnectRedis(library))];
    await theirs.set('shared-session-1', { basket: { tea: 1 } });
    expect(await our.get('shared-session-1')).toMatchObject({ basket: { tea: 1 }, cookie: { path: '/' } });
    await our.set('shared-session-2', { basket: { tea: 2 } });
    expect(await theirs.get('shared-session-2')).toMatchObject({ basket: { tea: 2 }, cookie: { path: '/' } });
    await our.destroy('shared-session-1');
    expect(await theirs.get('shared-session-1')).toBeNull();
    await theirs.destroy('shared-session-2');
    expect(await our.get('shared-session-2')).toBeNull();
  });

  it('goes by what Redis says of the expiry, and not by what was written inside', async () => {
    const library = await redis.open();
    const theirs = asPromises(library);
    const store = fromConnectRedis(library);
    await theirs.set('touched-session', { n: 1 }, 60_000);
    await theirs.touch('touched-session', { n: 1 }, 7_200_000);
    const [found] = await store.load(['touched-session' as never]);
    const leftMs = (found as { record: { expiresAt: Date } }).record.expiresAt.getTime() - Date.now();
    expect(Math.abs(leftMs - 7_200_000)).toBeLessThan(10_000);
    const written = (await theirs.get('touched-session'))?.cookie as { readonly expires: string };
    expect(Date.parse(written.expires)).toBeLessThan(Date.now() + 61_000);
  });

  it('takes a session that never expires for one of the default age', async () => {
    const library = await redis.open({ disableTTL: true });
    await asPromises(library).set('endless-session', { n: 1 }, 60_000);
    expect(await redis.client.pTTL(`${redis.prefix}endless-session`)).toBe(-1);
    const [found] = await fromConnectRedis(library, { ttlMs: 5_000_000 }).load(['endless-session' as never]);
    const leftMs = (found as { record: { expiresAt: Date } }).record.expiresAt.getTime() - Date.now();
    expect(Math.abs(leftMs - 5_000_000)).toBeLessThan(10_000);
  });

  it('does not show, and does not write over, what is no JSON', async () => {
    const library = await redis.open();
    const key = `${redis.prefix}garbled-session`;
    await redis.client.set(key, '{"half":', { expiration: { type: 'EX', value: 60 } });
    const our = ours(fromConnectRedis(library));
    await expect(our.get('garbled-session')).rejects.toMatchObject({
      code: 'SESSION_UNAVAILABLE',
      cause: { code: 'SESSION_UNDECODABLE' },
    });
    await expect(our.set('garbled-session', { n: 1 })).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
    expect(await redis.client.get(key)).toBe('{"half":');
  });
});

describe('a move from connect-redis behind two flags', () => {
  it('takes every session along while it is used, and goes back from the third step', async () => {
    const library = await redis.open();
    const theirs = asPromises(library);
    const fresh = fencedStore({
      sites: [postgresSite({ name: 'new', executor: pgExecutor(databases.sessions), standalone: true })],
    });
    let flags: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
    const moving = migratingStore({ old: fromConnectRedis(library), new: hashedKeys(fresh), flags: () => flags });
    const our = ours(moving);
    const visit = async (sid: string): Promise<number> => {
      const { n } = ((await our.get(sid)) ?? {}) as { n?: number };
      await our.set(sid, { n: (n ?? 0) + 1 });
      return (n ?? 0) + 1;
    };
    const visitors = Array.from({ length: 20 }, (_, i) => `visitor-of-the-shop-${i}`);
    // Somebody who is not seen again before the end.
    await theirs.set('sleeping-visitor', { n: 7 });
    const rounds = [
      [false, false],
      [true, false],
      [true, true],
      [true, false],
      [true, true],
    ] as const;
    for (const [i, [migrationFlag, newDbRouterFlag]] of rounds.entries()) {
      flags = { migrationFlag, newDbRouterFlag };
      expect(await Promise.all(visitors.map(visit))).toEqual(visitors.map(() => i + 1));
      expect(await Promise.all(visitors.map(async (sid) => (await theirs.get(sid))?.['n']))).toEqual(
        visitors.map(() => i + 1),
      );
    }
    expect((await our.get('sleeping-visitor'))?.['n']).toBe(7);
    flags = { migrationFlag: false, newDbRouterFlag: true };
    expect(await Promise.all(visitors.map(visit))).toEqual(visitors.map(() => rounds.length + 1));
    expect((await our.get('sleeping-visitor'))?.['n']).toBe(7);
    // The end: the same sessions, without anything of the move.
    const after = asPromises(expressSessionStore(session, { store: fresh }));
    const values = (await after.get(visitors[0] as string)) as object;
    expect(values).toEqual({ cookie: expect.anything(), n: rounds.length + 1 });
  });
});
