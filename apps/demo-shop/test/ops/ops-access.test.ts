import type { Request, Response } from 'express';
import request from 'supertest';
import { createOpsAccess, type LoginResult, type OpsAccess } from '../../src/ops/access/ops-access.ts';
import { readConfig } from '../../src/config.ts';
import { openConsole, token, type OpenConsole } from './support/open-console.ts';

const secrets = ['a secret of the tests'];

function accessAt(clock: { ms: number }, options: { token?: string; secrets?: string[] } = {}): OpsAccess {
  return createOpsAccess({ token, secrets, secureCookies: false, now: () => clock.ms, ...options });
}

/** Logs in, and gives the cookie back as the browser would. */
function cookieOf(access: OpsAccess, name = 'Ada'): Request {
  let header = '';
  const response = { cookie: (key: string, value: string) => (header = `${key}=${value}`) };
  const result = access.logIn({ ip: '::1' } as Request, response as unknown as Response, { token, name });
  expect(result).toEqual({ status: 'in' });
  return { headers: { cookie: header } } as Request;
}

describe('a login at the console', () => {
  it('lasts twelve hours, and knows the name', () => {
    const clock = { ms: 1_000_000 };
    const access = accessAt(clock);
    const browser = cookieOf(access);
    expect(access.operatorOf(browser)).toMatchObject({ name: 'Ada' });
    clock.ms += 12 * 3_600_000 - 1;
    expect(access.operatorOf(browser)).toBeDefined();
    clock.ms += 1;
    expect(access.operatorOf(browser)).toBeUndefined();
  });

  it('ends with the token, and with the last secret that has signed it', () => {
    const clock = { ms: 0 };
    const browser = cookieOf(accessAt(clock));
    expect(accessAt(clock, { token: 'another token of the tests' }).operatorOf(browser)).toBeUndefined();
    expect(accessAt(clock, { secrets: ['a new secret', ...secrets] }).operatorOf(browser)).toBeDefined();
    expect(accessAt(clock, { secrets: ['a new secret'] }).operatorOf(browser)).toBeUndefined();
  });

  it('is nobody’s when a letter of its cookie was changed', () => {
    const access = accessAt({ ms: 0 });
    const { cookie = '' } = cookieOf(access).headers;
    for (const at of [20, 60, cookie.indexOf('.', 20) + 1, cookie.length - 2]) {
      const changed = `${cookie.slice(0, at)}${cookie[at] === 'A' ? 'B' : 'A'}${cookie.slice(at + 1)}`;
      expect(access.operatorOf({ headers: { cookie: changed } } as Request)).toBeUndefined();
    }
    expect(access.operatorOf({ headers: {} } as Request)).toBeUndefined();
  });

  it('has forms of its own', () => {
    const access = accessAt({ ms: 0 });
    const [ada, bob] = [cookieOf(access), cookieOf(access, 'Bob')].map((browser) => access.operatorOf(browser));
    if (ada === undefined || bob === undefined) throw new Error('nobody is logged in');
    expect(access.isFormToken(ada, access.formToken(ada))).toBe(true);
    expect(access.isFormToken(bob, access.formToken(ada))).toBe(false);
    expect(access.isFormToken(ada, undefined)).toBe(false);
  });

  it('asks for the token and a name, and after five failures for patience', () => {
    const access = accessAt({ ms: 0 });
    const nobody = {} as Response;
    const attempt = (given: { token: string; name: string }): LoginResult =>
      access.logIn({ ip: '::1' } as Request, nobody, given);
    expect(attempt({ token, name: '<Ada>' })).toEqual({ status: 'nameless' });
    for (let i = 0; i < 5; i++) expect(attempt({ token: `${token}!`, name: 'Ada' })).toEqual({ status: 'wrong' });
    expect(attempt({ token, name: 'Ada' })).toMatchObject({ status: 'wait' });
  });
});

describe('the console of a shop', () => {
  let shop: OpenConsole;
  beforeAll(async () => {
    shop = await openConsole();
  });
  afterAll(() => shop?.close());

  const logIn = (given: object) => request(shop.url).post('/ops/login').type('form').send(given);

  it('shows nothing without the token', async () => {
    await request(shop.url).get('/ops').expect(303).expect('Location', '/ops/login');
    for (const address of ['/ops/events', '/ops/plan?verb=start', '/ops/nowhere'])
      await request(shop.url).get(address).expect(401);
    for (const address of ['/ops/actions', '/ops/actions/stop', '/ops/logout', '/ops/bench/kill'])
      await request(shop.url).post(address).expect(401);
    await logIn({ token: 'not the token', name: 'Ada' })
      .expect(401)
      .expect(/not the token/);
  });

  it('gives a cookie that scripts and other sites cannot use, and keeps the token out of the log', async () => {
    const response = await logIn({ token, name: 'Ada' }).expect(303).expect('Location', '/ops');
    const [cookie = ''] = response.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(/^switchyard\.ops=[\w-]+\.[\w-]+; .*HttpOnly; SameSite=Strict$/);
    expect(response.get('Cache-Control')).toBe('no-store');
    const page = await request(shop.url)
      .get('/ops')
      .set('Cookie', cookie)
      .expect(200)
      .expect(/Logged in as <b>Ada/);
    const policy = page.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toMatch(/ style=| on[a-z]+=|<script(?! src=)/);
    expect(page.text).not.toContain(token);
    expect(shop.log()).not.toContain(token);
    expect(shop.log()).not.toContain(cookie.slice(16, 60));
  });

  it('takes no form from another site, nor one without its token', async () => {
    const [cookie = ''] = (await logIn({ token, name: 'Ada' })).get('Set-Cookie') ?? [];
    const post = (address: string) => request(shop.url).post(address).set('Cookie', cookie).type('form');
    await post('/ops/logout').send({}).expect(403);
    await post('/ops/logout')
      .send({ _form: 'A'.repeat(43) })
      .expect(403);
    const page = await request(shop.url).get('/ops').set('Cookie', cookie);
    const [, form = ''] = /name="_form" value="([^"]+)"/.exec(page.text) ?? [];
    await post('/ops/logout').set('Sec-Fetch-Site', 'cross-site').send({ _form: form }).expect(403);
    await post('/ops/logout').set('Origin', 'https://elsewhere.example').send({ _form: form }).expect(403);
    await post('/ops/login').set('Sec-Fetch-Site', 'same-site').send({ token, name: 'Ada' }).expect(403);
    await post('/ops/logout')
      .send({ _form: form })
      .expect(303)
      .expect('Set-Cookie', /^switchyard\.ops=;/);
  });

  it('has nothing to break, unless development brings it', async () => {
    const [cookie = ''] = (await logIn({ token, name: 'Ada' })).get('Set-Cookie') ?? [];
    const page = await request(shop.url).get('/ops').set('Cookie', cookie).expect(200);
    expect(page.text).not.toContain('Try to break it');
    const [, form = ''] = /name="_form" value="([^"]+)"/.exec(page.text) ?? [];
    await request(shop.url)
      .post('/ops/bench/database-stop')
      .set('Cookie', cookie)
      .type('form')
      .send({ _form: form })
      .expect(404);
  });
});

describe('a shop in production', () => {
  const environment = {
    MAIN_DATABASE_URL: 'postgres://main',
    SESSIONS_DATABASE_URL: 'postgres://sessions',
    SHOP_SECRETS: 'a secret of the tests to sign with',
    NODE_ENV: 'production',
  };

  it('does not start without a token for the console, and says what to do', () => {
    expect(() => readConfig(environment)).toThrow(expect.objectContaining({ code: 'OPS_TOKEN_MISSING' }));
    expect(() => readConfig(environment)).toThrow(/OPS_TOKEN is not set.*openssl rand/s);
    expect(() => readConfig({ ...environment, OPS_TOKEN: 'short' })).toThrow(
      expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }),
    );
    expect(readConfig({ ...environment, OPS_TOKEN: token }).opsToken).toBe(token);
  });

  it('has nothing to break, even if somebody hands it the means', async () => {
    const never = async (): Promise<never> => {
      throw new Error('nothing is to be broken here');
    };
    const controls = {
      fleet: { processes: never, kill: never, start: never },
      shoppers: { start: never, stop: never, report: never },
      newDatabase: { isRunning: never, start: never, stop: never },
      redis: undefined,
    };
    const shop = await openConsole({ environment: { NODE_ENV: 'production' }, controls: () => controls });
    try {
      const [cookie = ''] =
        (await request(shop.url).post('/ops/login').type('form').send({ token, name: 'Ada' })).get('Set-Cookie') ?? [];
      expect(cookie).toMatch(/^__Host-switchyard\.ops=.*; Path=\/.*; Secure/);
      const page = await request(shop.url).get('/ops').set('Cookie', cookie).expect(200);
      expect(page.text).not.toContain('Try to break it');
    } finally {
      await shop.close();
    }
  });
});
