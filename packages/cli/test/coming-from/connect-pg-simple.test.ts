import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { connectPgSimpleTable, sharedTableStore } from '@switchyard/session-backends/foreign';
import { sharedSessions } from '../../examples/shared-with-express-session.ts';
import { libraryPage, openBrowser, ourPage, serveSessions, type SessionServer, type Values } from './serve-sessions.ts';

const SECRET = 'keyboard cat';
const MAX_AGE = 14 * 86_400_000;

describe('a session in connect-pg-simple’s table', () => {
  let databases: TestDatabases;
  let shops: Record<'library' | 'adapter' | 'ours', SessionServer>;

  beforeAll(async () => {
    databases = await openTestDatabases();
    const pool = databases.main;
    await pool.query(`drop table session;
      create table session (sid varchar primary key not deferrable, sess json not null, expire timestamp(6) not null)`);
    const library = new (connectPgSimple(session))({ pool, pruneSessionInterval: false });
    const store = sharedTableStore({ executor: pgExecutor(pool), table: connectPgSimpleTable() });
    const adapter = expressSessionStore(session, { store, keyEncoding: 'plain' });
    const options = { secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: MAX_AGE } };
    shops = {
      library: await serveSessions(session({ ...options, store: library }), libraryPage),
      adapter: await serveSessions(session({ ...options, store: adapter }), libraryPage),
      ours: await serveSessions(sharedSessions(pool, [SECRET]), ourPage),
    };
  });
  afterAll(async () => {
    for (const shop of Object.values(shops ?? {})) await shop.close();
    await databases?.close();
  });

  const row = async (sid: string): Promise<{ sess: Values & { cookie: Values }; expire: string } | undefined> =>
    (
      await databases.main.query(
        `select sess, expire at time zone current_setting('TimeZone') as expire from session where sid = $1`,
        [sid],
      )
    ).rows[0] as { sess: Values & { cookie: Values }; expire: string } | undefined;

  it.each([
    ['library', 'ours'],
    ['ours', 'library'],
    ['library', 'adapter'],
    ['adapter', 'library'],
    ['adapter', 'ours'],
  ] as const)('begun by %s is read and changed by %s, and back', async (one, other) => {
    const browser = openBrowser();
    await browser.visit(shops[one], { basket: { tea: 1 }, größe: 'L' });
    expect((await browser.visit(shops[other])).values).toEqual({ basket: { tea: 1 }, größe: 'L' });
    await browser.visit(shops[other], { basket: { tea: 2 } });
    expect((await browser.visit(shops[one])).values).toEqual({ basket: { tea: 2 }, größe: 'L' });
    const { sess, expire } = (await row(browser.sid())) ?? {};
    expect(sess?.cookie).toMatchObject({ originalMaxAge: MAX_AGE, httpOnly: true, path: '/' });
    expect(Math.abs(Date.parse(String(sess?.cookie['expires'])) - new Date(expire as string).getTime())).toBeLessThan(
      1_100,
    );
    await browser.visit(shops[one], 'end');
    expect((await browser.visit(shops[other])).values).toEqual({});
  });

  it('that cannot be read is neither shown nor written over', async () => {
    const browser = openBrowser();
    await browser.visit(shops.library, { basket: { tea: 1 } });
    await databases.main.query(`update session set sess = '{"basket":9007199254740993,"cookie":{}}' where sid = $1`, [
      browser.sid(),
    ]);
    const before = await row(browser.sid());
    expect(await browser.visit(shops.ours)).toMatchObject({ status: 500, values: { code: 'SESSION_UNDECODABLE' } });
    expect(await browser.visit(shops.ours, { basket: {} })).toMatchObject({ status: 500 });
    expect(await row(browser.sid())).toEqual(before);
  });

  it('is found with a sid of any of express-session’s letters, and not without its signature', async () => {
    const browser = openBrowser();
    do await browser.visit(shops.library, 'end').then(() => browser.visit(shops.library, { n: 1 }));
    while (!/[A-Z]/.test(browser.sid()) || !/[-_]/.test(browser.sid()));
    expect((await browser.visit(shops.ours)).values).toEqual({ n: 1 });
    for (const value of [browser.sid(), `s%3A${browser.sid()}.AAAA`])
      expect(await (await fetch(shops.ours.url, { headers: { Cookie: `connect.sid=${value}` } })).json()).toEqual({});
  });
});
