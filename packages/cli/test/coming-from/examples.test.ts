import session from 'express-session';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { MoveFlags } from '@switchyard/session-backends';
import * as fromConnectRedis from '../../examples/coming-from-connect-redis.ts';
import * as fromPrismaSessionStore from '../../examples/coming-from-prisma-session-store.ts';
import { runSwitchyard } from '../support/run-switchyard.ts';
import { openConnectRedis } from './open-connect-redis.ts';
import { openPrismaSessionStore, PRISMA_SESSION_TABLE } from './open-prisma-session-store.ts';
import { openBrowser, serveSessions, type SessionServer } from './serve-sessions.ts';

const SECRET = 'keyboard cat';
const OPTIONS = { secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: 14 * 86_400_000 } };

interface Opened {
  readonly library: session.Store;
  moving(flags: () => MoveFlags): unknown;
  moved(): unknown;
  /** How the command finds them. */
  readonly import: readonly string[];
  close(): Promise<void>;
}

const SOURCES: Readonly<Record<string, (databases: TestDatabases) => Promise<Opened>>> = {
  'coming-from-connect-redis': async ({ sessions: database }) => {
    const redis = await openConnectRedis();
    const library = await redis.open();
    return {
      library,
      moving: (flags) => fromConnectRedis.movingSessions({ library, database, flags }, SECRET),
      moved: () => fromConnectRedis.movedSessions({ database }, SECRET),
      import: ['--from', 'connect-redis', '--url', redis.url, '--prefix', redis.prefix],
      close: redis.close,
    };
  },
  'coming-from-prisma-session-store': async ({ sessions: database, main, urls }) => {
    await main.query(PRISMA_SESSION_TABLE);
    const { store: library, prisma, close } = openPrismaSessionStore(urls.main);
    return {
      library,
      moving: (flags) => fromPrismaSessionStore.movingSessions({ library, prisma, database, flags }, SECRET),
      moved: () => fromPrismaSessionStore.movedSessions({ database }, SECRET),
      import: ['--from', 'prisma-session-store', '--url', urls.main],
      close,
    };
  },
};

describe.each(Object.entries(SOURCES))('examples/%s.ts', (_, open) => {
  let databases: TestDatabases;
  let opened: Opened;
  const servers: SessionServer[] = [];
  beforeAll(async () => {
    databases = await openTestDatabases();
    opened = await open(databases);
  });
  afterAll(async () => {
    await Promise.all(servers.map(({ close }) => close()));
    await opened?.close();
    await databases?.close();
  });

  const serve = async (middleware: unknown): Promise<SessionServer> => {
    const server = await serveSessions(middleware);
    servers.push(server);
    return server;
  };

  it('moves the sessions of the library, with their cookies, as docs/coming-from.md has it', async () => {
    let flags: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
    const before = await serve(session({ ...OPTIONS, store: opened.library }));
    const moving = await serve(opened.moving(() => flags));
    const moved = await serve(opened.moved());
    const [busy, sleeping, leaving] = [openBrowser(), openBrowser(), openBrowser()];
    for (const browser of [busy, sleeping, leaving]) await browser.visit(before, { n: 1 });

    const count = async (shop: SessionServer): Promise<unknown> => {
      const { n } = (await busy.visit(shop)).values as { n: number };
      return (await busy.visit(shop, { n: n + 1 })).values['n'];
    };
    expect(await count(moving)).toBe(2);
    expect(await count(before)).toBe(3);

    flags = { migrationFlag: true, newDbRouterFlag: false };
    expect(await count(moving)).toBe(4);
    const filled = await runSwitchyard(databases, ['sessions', 'import', ...opened.import]);
    expect(filled).toMatchObject({ code: 0, stdout: expect.stringContaining('compared: 3 the same') });

    flags = { migrationFlag: true, newDbRouterFlag: true };
    expect(await count(moving)).toBe(5);
    expect((await leaving.visit(moving, 'end')).status).toBe(200);
    // The way back, with everything that was written since.
    flags = { migrationFlag: true, newDbRouterFlag: false };
    expect(await count(moving)).toBe(6);
    expect((await leaving.visit(moving)).values).toEqual({});
    flags = { migrationFlag: true, newDbRouterFlag: true };
    expect(await count(moving)).toBe(7);

    flags = { migrationFlag: false, newDbRouterFlag: true };
    expect(await count(moving)).toBe(8);
    expect(await count(moved)).toBe(9);
    expect((await sleeping.visit(moved)).values).toEqual({ n: 1 });
    expect((await leaving.visit(moved)).values).toEqual({});
  });
});
