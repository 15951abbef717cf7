import { setTimeout as sleep } from 'node:timers/promises';
import session from 'express-session';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { migratingStore, pgExecutor, type MoveFlags, type SessionStore } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { fromPrismaSessionStore, hashedKeys } from '@switchyard/session-backends/foreign';
import { sessionStoreContract } from '@switchyard/session-backends/testing';
import { asPromises } from './express-sessions.ts';
import {
  openPrismaSessionStore,
  PRISMA_SESSION_TABLE,
  type OpenPrismaSessionStore,
} from './open-prisma-session-store.ts';

let databases: TestDatabases;
const opened: OpenPrismaSessionStore[] = [];
beforeAll(async () => {
  databases = await openTestDatabases();
  await databases.main.query(PRISMA_SESSION_TABLE);
});
afterAll(async () => {
  await Promise.all(opened.map(({ close }) => close()));
  await databases?.close();
});

const open = (): OpenPrismaSessionStore & { readonly wrapped: SessionStore } => {
  const library = openPrismaSessionStore(databases.urls.main);
  opened.push(library);
  return { ...library, wrapped: fromPrismaSessionStore(library.store, { prisma: library.prisma }) };
};
const ours = (store: SessionStore) => asPromises(expressSessionStore(session, { store, keyEncoding: 'plain' }));

describe('prisma-session-store as a store of ours', () => {
  const contract = sessionStoreContract({
    keyEncoding: 'plain',
    lacks: ['tombstones', 'opaque data', 'milliseconds', 'atomic writes'],
    // A Prisma client takes its time to begin: the same two serve until one has failed.
    open: async () => {
      two ??= [open(), open()];
      const [broken, other] = two;
      const fail = async (): Promise<void> => {
        two = undefined;
        await broken.cut();
      };
      return { store: broken.wrapped, other: other.wrapped, pass: (ms) => sleep(Math.max(0, ms)), fail };
    },
  });
  let two: readonly [ReturnType<typeof open>, ReturnType<typeof open>] | undefined;
  it.each(contract)('$name', ({ run }) => run());

  it('shares its sessions with the library, which goes on as before', async () => {
    const { store, wrapped } = open();
    const [theirs, our] = [asPromises(store), ours(wrapped)];
    await theirs.set('shared-session-1', { basket: { tea: 1 } });
    expect(await our.get('shared-session-1')).toMatchObject({ basket: { tea: 1 }, cookie: { path: '/' } });
    await our.set('shared-session-2', { basket: { tea: 2 } });
    await theirs.touch('shared-session-2', {}, 7_200_000);
    expect(await theirs.get('shared-session-2')).toMatchObject({ basket: { tea: 2 }, cookie: { path: '/' } });
    const [found] = await wrapped.load(['shared-session-2' as never]);
    const leftMs = (found as { record: { expiresAt: Date } }).record.expiresAt.getTime() - Date.now();
    expect(Math.abs(leftMs - 7_200_000)).toBeLessThan(10_000);
    await our.destroy('shared-session-1');
    expect((await theirs.get('shared-session-1')) ?? null).toBeNull();
  });

  it('does not take a database that is away for a session that does not exist, as the library does', async () => {
    const { store, wrapped, cut } = open();
    await ours(wrapped).set('session-of-a-user', { n: 1 });
    await cut();
    expect((await asPromises(store).get('session-of-a-user')) ?? null).toBeNull();
    await expect(ours(wrapped).get('session-of-a-user')).rejects.toMatchObject({ code: 'SESSION_UNAVAILABLE' });
  });

  it('loses none of the writes that come at once to one process, as the library does', async () => {
    const { store, wrapped } = open();
    const key = 'written-at-once' as never;
    const write = (n: number) =>
      wrapped.apply([
        {
          kind: n === 0 ? 'create' : 'update',
          key,
          data: `{"n":${n}}`,
          expiresAt: new Date(Date.now() + 60_000),
          userId: null,
          fresh: false,
          expectedVersion: undefined,
        } as never,
      ]);
    await write(0);
    const results = await Promise.all([1, 2, 3].map(write));
    expect(results.flat().map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect((await asPromises(store).get('written-at-once'))?.['n']).toBe(3);
  });
});

describe('a move from prisma-session-store behind two flags', () => {
  it('takes every session along while it is used, and goes back from the third step', async () => {
    const { store, wrapped } = open();
    const theirs = asPromises(store);
    const fresh = fencedStore({
      sites: [postgresSite({ name: 'new', executor: pgExecutor(databases.sessions), standalone: true })],
    });
    let flags: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
    const our = ours(migratingStore({ old: wrapped, new: hashedKeys(fresh), flags: () => flags }));
    await theirs.set('a-visitor-of-the-shop', { n: 1 });
    for (const [i, [migrationFlag, newDbRouterFlag]] of [
      [false, false] as const,
      [true, false] as const,
      [true, true] as const,
      [true, false] as const,
      [true, true] as const,
    ].entries()) {
      flags = { migrationFlag, newDbRouterFlag };
      expect((await our.get('a-visitor-of-the-shop'))?.['n']).toBe(i + 1);
      await our.set('a-visitor-of-the-shop', { n: i + 2 });
      expect((await theirs.get('a-visitor-of-the-shop'))?.['n']).toBe(i + 2);
    }
    flags = { migrationFlag: false, newDbRouterFlag: true };
    expect((await our.get('a-visitor-of-the-shop'))?.['n']).toBe(6);
    await our.destroy('a-visitor-of-the-shop');
    expect(await our.get('a-visitor-of-the-shop')).toBeNull();
  });
});
