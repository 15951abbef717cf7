import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { createSessions, pgExecutor, type Session, type SessionStore } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { expressSessionStore } from '@switchyard/session-backends/express-session';
import { connectPgSimpleTable, expressSessionCodec, sharedTableStore } from '@switchyard/session-backends/foreign';

const SECRET = 'keyboard cat';
const COOKIE = { maxAge: 3_600_000 };

type Values = Record<string, unknown>;
type Middleware = (req: never, res: never, next: (error?: unknown) => void) => void;
/** Reads, changes or ends the session; what it returns is the answer. */
type Page = (req: IncomingMessage, change: Values | 'end' | undefined) => Promise<unknown>;

const libraryPage: Page = async (req, change) => {
  const its = (req as unknown as { session: session.Session & Values }).session;
  if (change === 'end') await new Promise((resolve) => its.destroy(resolve));
  else if (change !== undefined) {
    Object.assign(its, change);
    await new Promise<void>((resolve, reject) => its.save((error: unknown) => (error ? reject(error) : resolve())));
  }
  const { cookie: _, ...values } = its;
  return change === 'end' ? {} : values;
};

const ourPage: Page = async (req, change) => {
  const its = (req as unknown as { session: Session }).session;
  if (change === 'end') await its.flush();
  else if (change !== undefined) await its.update(change);
  return Object.fromEntries(await its.entries());
};

describe('a session in connect-pg-simple’s table', () => {
  let databases: TestDatabases;
  const servers: ReturnType<typeof createServer>[] = [];
  let urls: Record<'library' | 'adapter' | 'ours', string>;
  let store: SessionStore;

  beforeAll(async () => {
    databases = await openTestDatabases();
    const pool = databases.main;
    await pool.query(
      'create table visit (sid varchar primary key not deferrable, sess json not null, expire timestamp(6) not null)',
    );
    const PgSession = connectPgSimple(session);
    const library = new PgSession({ pool, tableName: 'visit', pruneSessionInterval: false });
    store = sharedTableStore({ executor: pgExecutor(pool), table: connectPgSimpleTable({ table: 'visit' }) });
    const options = { secret: SECRET, resave: false, saveUninitialized: false, cookie: COOKIE };
    const sessions = createSessions({
      store,
      keyEncoding: 'plain',
      keyAlphabet: 'base64url',
      codec: expressSessionCodec({ maxAgeMs: COOKIE.maxAge }),
      ttlMs: COOKIE.maxAge,
    });
    urls = {
      library: await serve(session({ ...options, store: library }), libraryPage),
      adapter: await serve(
        session({ ...options, store: expressSessionStore(session, { store, keyEncoding: 'plain' }) }),
        libraryPage,
      ),
      ours: await serve(
        sessionMiddleware({ sessions, cookie: { like: 'express-session', secrets: [SECRET] } }),
        ourPage,
      ),
    };
  });
  afterAll(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await databases.close();
  });

  const serve = async (middleware: unknown, page: Page): Promise<string> => {
    const listener: RequestListener = (req, res) => {
      (middleware as Middleware)(req as never, res as never, (error) => {
        if (error !== undefined) return fail(res, error);
        answer(req, res, page).catch((failure: unknown) => fail(res, failure));
      });
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const answer = async (req: IncomingMessage, res: ServerResponse, page: Page): Promise<void> => {
    let body = '';
    for await (const part of req) body += String(part);
    const result = await page(req, body === '' ? undefined : (JSON.parse(body) as Values | 'end'));
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(result));
  };
  const fail = (res: ServerResponse, error: unknown): void => {
    res.statusCode = (error as { status?: number }).status ?? 500;
    res.end(JSON.stringify({ code: (error as { code?: string }).code }));
  };

  const openBrowser = () => {
    let cookie = '';
    return {
      sid: () => decodeURIComponent(cookie).split(/s:|\./)[2] as string,
      visit: async (at: keyof typeof urls, change?: Values | 'end') => {
        const init = change === undefined ? {} : { method: 'POST', body: JSON.stringify(change) };
        const response = await fetch(urls[at], { ...init, headers: { Cookie: cookie } });
        const [set] = response.headers.getSetCookie();
        if (set !== undefined) cookie = set.split(';')[0] as string;
        return { status: response.status, values: (await response.json()) as Values };
      },
    };
  };

  const row = async (sid: string): Promise<{ sess: Values & { cookie: Values }; expire: string } | undefined> =>
    (
      await databases.main.query(
        `select sess, expire at time zone current_setting('TimeZone') as expire from visit where sid = $1`,
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
    await browser.visit(one, { basket: { tea: 1 }, größe: 'L' });
    expect((await browser.visit(other)).values).toEqual({ basket: { tea: 1 }, größe: 'L' });
    await browser.visit(other, { basket: { tea: 2 } });
    expect((await browser.visit(one)).values).toEqual({ basket: { tea: 2 }, größe: 'L' });
    const { sess, expire } = (await row(browser.sid())) ?? {};
    expect(sess?.cookie).toMatchObject({ originalMaxAge: 3_600_000, httpOnly: true, path: '/' });
    expect(Math.abs(Date.parse(String(sess?.cookie['expires'])) - new Date(expire as string).getTime())).toBeLessThan(
      1_100,
    );
    await browser.visit(one, 'end');
    expect((await browser.visit(other)).values).toEqual({});
  });

  it('that cannot be read is neither shown nor written over', async () => {
    const browser = openBrowser();
    await browser.visit('library', { basket: { tea: 1 } });
    await databases.main.query(`update visit set sess = '{"basket":9007199254740993,"cookie":{}}' where sid = $1`, [
      browser.sid(),
    ]);
    const before = await row(browser.sid());
    expect(await browser.visit('ours')).toMatchObject({ status: 500, values: { code: 'SESSION_UNDECODABLE' } });
    expect(await browser.visit('ours', { basket: {} })).toMatchObject({ status: 500 });
    expect(await row(browser.sid())).toEqual(before);
  });

  it('is found with a sid of any of express-session’s letters, and not without its signature', async () => {
    const browser = openBrowser();
    do await browser.visit('library', 'end').then(() => browser.visit('library', { n: 1 }));
    while (!/[A-Z]/.test(browser.sid()) || !/[-_]/.test(browser.sid()));
    expect((await browser.visit('ours')).values).toEqual({ n: 1 });
    for (const value of [browser.sid(), `s%3A${browser.sid()}.AAAA`])
      expect(await (await fetch(urls.ours, { headers: { Cookie: `connect.sid=${value}` } })).json()).toEqual({});
  });
});
