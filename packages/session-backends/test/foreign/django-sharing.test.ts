import express from 'express';
import supertest from 'supertest';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import type { Session, SessionError } from '@switchyard/session-backends';
import { sessionMiddleware } from '@switchyard/session-backends/express';
import { djangoLogin } from '@switchyard/session-backends/foreign';
import { sharedSessions } from '../../examples/shared-with-django.ts';
import { describeWithDjango, startDjango, type DjangoShop } from '../support/django/start-django.ts';

const SECRET = 'a secret that both shops know';
const OLDER_SECRET = 'the secret of before';

type Data = Record<string, unknown>;

const sessionOf = (req: object): Session => (req as { session: Session }).session;
type Answer = { readonly session: Data; readonly user: string | null; readonly expires_in: number };

describeWithDjango('a session that the shop shares with Django', () => {
  let databases: TestDatabases;
  let django: DjangoShop;
  beforeAll(async () => {
    databases = await openTestDatabases();
    django = await startDjango({ database: databases.urls.main, secret: SECRET });
  });
  afterAll(async () => {
    await django?.stop();
    await databases?.close();
  });

  const openShop = (secretKeys: readonly string[] = [SECRET]): express.Express => {
    const sessions = sharedSessions(databases.main, secretKeys);
    const app = express();
    app.use(sessionMiddleware({ sessions }), express.json({ strict: false }));
    app.get('/', async (req, res) => {
      const values = Object.fromEntries(await sessionOf(req).entries());
      res.json({ values, expiresIn: await sessionOf(req).getExpiryAge() });
    });
    app.post('/put/:name', async (req, res) => {
      await sessionOf(req).set(req.params.name, req.body as unknown);
      res.json({});
    });
    app.post('/login', async (req, res) => {
      const { id, password } = req.body as { id: string; password: string };
      await djangoLogin(sessionOf(req), { userId: id, password, secretKey: SECRET });
      res.json({});
    });
    app.post('/logout', async (req, res) => {
      await sessionOf(req).flush();
      res.json({});
    });
    app.post('/expire/:seconds', async (req, res) => {
      await sessionOf(req).setExpiry(Number(req.params.seconds));
      res.json({});
    });
    app.use(((error: SessionError, _req, res, _next) => {
      res.status(error.status).json({ code: error.code });
    }) as express.ErrorRequestHandler);
    return app;
  };

  /** One browser with one cookie, at two shops. */
  const openBrowser = (shop = openShop(), at = () => django) => {
    let cookie = '';
    const keep = (header: string | string[] | undefined): void => {
      const [set] = [header].flat().filter((value) => value?.startsWith('sessionid='));
      if (set !== undefined) cookie = set.split(';')[0] as string;
    };
    return {
      key: () => cookie.slice('sessionid='.length),
      shop: async (path: string, body?: unknown) => {
        const agent = supertest(shop);
        const request = body === undefined ? agent.get(path) : agent.post(path).send(JSON.stringify(body));
        const response = await request.set('Cookie', cookie).set('Content-Type', 'application/json');
        keep(response.headers['set-cookie']);
        return { status: response.status, ...(response.body as { values: Data; expiresIn: number; code?: string }) };
      },
      django: async (path: string, body?: unknown): Promise<Answer> => {
        const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
        const response = await fetch(at().url + path, { ...init, headers: { Cookie: cookie } });
        expect(response.status).toBe(200);
        keep(response.headers.getSetCookie());
        return (await response.json()) as Answer;
      },
    };
  };

  const row = async (key: string): Promise<{ session_data: string; expire_date: Date } | undefined> =>
    (await databases.main.query('select session_data, expire_date from django_session where session_key = $1', [key]))
      .rows[0] as { session_data: string; expire_date: Date } | undefined;

  it('begun and logged in at Django, is read and changed by the shop, and Django sees the change', async () => {
    const browser = openBrowser();
    await browser.django('/put/basket', { tea: 2, 'käse 🧀': [1, null, true, 'x'.repeat(200)] });
    await browser.django('/login', {});
    const { values } = await browser.shop('/');
    expect(values).toMatchObject({ basket: { tea: 2, 'käse 🧀': [1, null, true, 'x'.repeat(200)] } });
    expect(values['_auth_user_backend']).toBe('django.contrib.auth.backends.ModelBackend');
    await browser.shop('/put/basket', { tea: 3, note: 'größer\u2028 "\\' });
    expect(await browser.django('/')).toMatchObject({
      user: 'ada',
      session: { basket: { tea: 3, note: 'größer\u2028 "\\' } },
    });
  });

  it('begun at the shop, is read and changed by Django, and the shop sees the change', async () => {
    const browser = openBrowser();
    await browser.shop('/put/basket', { coffee: 1 });
    expect((await browser.django('/')).session).toEqual({ basket: { coffee: 1 } });
    await browser.django('/put/basket', { coffee: 2, long: 'y'.repeat(5_000) });
    expect((await row(browser.key()))?.session_data).toMatch(/^\./);
    expect((await browser.shop('/')).values).toEqual({ basket: { coffee: 2, long: 'y'.repeat(5_000) } });
  });

  it('logged in at the shop, is logged in at Django, under a fresh key, until the shop logs it out', async () => {
    const browser = openBrowser();
    await browser.shop('/put/basket', { tea: 1 });
    const before = browser.key();
    await browser.shop('/login', await (await fetch(`${django.url}/ada`)).json());
    expect(browser.key()).not.toBe(before);
    expect(await row(before)).toBeUndefined();
    expect(await browser.django('/')).toMatchObject({ user: 'ada', session: { basket: { tea: 1 } } });
    const key = browser.key();
    await browser.shop('/logout', {});
    expect(await row(key)).toBeUndefined();
    expect(await browser.django('/')).toMatchObject({ user: null, session: {} });
  });

  it('logged out at Django, is gone at the shop', async () => {
    const browser = openBrowser();
    await browser.django('/put/basket', { tea: 1 });
    await browser.django('/login', {});
    expect((await browser.shop('/')).values).toHaveProperty('_auth_user_id');
    await browser.django('/logout', {});
    expect((await browser.shop('/')).values).toEqual({});
  });

  it('expires as either of them has set it', async () => {
    const browser = openBrowser();
    await browser.django('/expire/600', {});
    expect((await browser.shop('/')).expiresIn).toBe(600);
    await browser.shop('/expire/900', {});
    expect((await browser.django('/')).expires_in).toBe(900);
    const seconds = (((await row(browser.key()))?.expire_date.getTime() as number) - Date.now()) / 1000;
    expect(Math.abs(seconds - 900)).toBeLessThan(30);
    await browser.django('/expire/0', {});
    expect((await browser.shop('/')).values).toEqual({});
  });

  it('that both change at once keeps both changes', async () => {
    const browser = openBrowser();
    await browser.django('/put/basket', { tea: 1 });
    const session = sharedSessions(databases.main, [SECRET]).open(browser.key());
    await session.set('seen', 1);
    await browser.django('/put/basket', { tea: 2 });
    await session.save();
    expect((await browser.django('/')).session).toEqual({ basket: { tea: 2 }, seen: 1 });
  });

  it('is read with a secret that has been replaced, and written with the new one', async () => {
    const older = await startDjango({ database: databases.urls.main, secret: OLDER_SECRET });
    try {
      const browser = openBrowser(openShop([SECRET, OLDER_SECRET]), () => older);
      await browser.django('/put/basket', { tea: 1 });
      expect((await browser.shop('/')).values).toEqual({ basket: { tea: 1 } });
      await browser.shop('/put/basket', { tea: 2 });
      const later = await fetch(django.url, { headers: { Cookie: `sessionid=${browser.key()}` } });
      expect(((await later.json()) as Answer).session).toEqual({ basket: { tea: 2 } });
    } finally {
      await older.stop();
    }
  });

  it('is read as Django before 3.1 has written it', async () => {
    const older = await startDjango({ database: databases.urls.main, secret: SECRET, hash: 'sha1' });
    try {
      const browser = openBrowser(openShop(), () => older);
      await browser.django('/put/basket', { tee: 'grün' });
      expect((await row(browser.key()))?.session_data).not.toContain(':');
      expect((await browser.shop('/')).values).toEqual({ basket: { tee: 'grün' } });
      await browser.shop('/put/more', 1);
      expect((await row(browser.key()))?.session_data).toContain(':');
      const upgraded = await fetch(django.url, { headers: { Cookie: `sessionid=${browser.key()}` } });
      expect(((await upgraded.json()) as Answer).session).toEqual({ basket: { tee: 'grün' }, more: 1 });
    } finally {
      await older.stop();
    }
  });

  it('that somebody has tampered with is neither read nor written over', async () => {
    const browser = openBrowser();
    await browser.django('/put/basket', { tea: 1 });
    for (const damage of ['session_data || $$x$$', '$$x$$ || session_data', 'replace(session_data, $$:$$, $$;$$)']) {
      const before = await row(browser.key());
      await databases.main.query(`update django_session set session_data = ${damage} where session_key = $1`, [
        browser.key(),
      ]);
      const damaged = await row(browser.key());
      expect(damaged).not.toEqual(before);
      expect(await browser.shop('/')).toMatchObject({ status: 500, code: 'SESSION_UNDECODABLE' });
      expect(await browser.shop('/put/basket', {})).toMatchObject({ status: 500, code: 'SESSION_UNDECODABLE' });
      expect(await row(browser.key())).toEqual(damaged);
      await databases.main.query('update django_session set session_data = $2 where session_key = $1', [
        browser.key(),
        before?.session_data,
      ]);
    }
    expect((await browser.shop('/')).values).toEqual({ basket: { tea: 1 } });
  });
});
