import { Router } from 'express';
import { maskToken, unmaskToken } from '../../src/shop/mask-token.ts';
import {
  CSRF_COOKIE,
  SESSION_COOKIE,
  csrfSecrets,
  customer,
  openTestShop,
  type TestShop,
  type TestShopOptions,
} from '../support/open-test-shop.ts';
import { hiddenField, type Visitor } from '../support/visitor.ts';

let shop: TestShop;
let visitor: Visitor;
let pen: string;

beforeAll(async () => {
  shop = await openTestShop();
  pen = await shop.productId('sparrow-pen');
});
afterAll(() => shop.close());
beforeEach(() => {
  visitor = shop.visitor();
});

const others: TestShop[] = [];
const openAnother = async (options: TestShopOptions): Promise<TestShop> => {
  const another = await openTestShop(options);
  others.push(another);
  return another;
};
afterEach(async () => {
  await Promise.all(others.splice(0).map((another) => another.close()));
});

const withPen = () => ({ [pen]: 1 });

describe('a form whose token is not right', () => {
  const forms: [string, (token: string) => Record<string, string>][] = [
    ['no token', () => ({})],
    ['an empty token', () => ({ _csrf: '' })],
    ['a token that is none', () => ({ _csrf: 'x' })],
    ['a token that was changed', (token) => ({ _csrf: token.replace(/^./, (first) => (first === 'x' ? 'y' : 'x')) })],
    ['the token without its disguise', (token) => ({ _csrf: unmaskToken(token) ?? '' })],
  ];

  it.each(forms)('is refused with a page: %s', async (_what, fieldsOf) => {
    await visitor.post('/basket/add', { productId: pen });
    const fields = { productId: pen, ...fieldsOf(await visitor.csrfToken()) };
    const response = await visitor.request('post', '/basket/add').type('form').send(fields);
    expect([response.status, response.type]).toEqual([403, 'text/html']);
    expect(response.text).toContain('This form has expired');
    expect(await visitor.quantities()).toEqual(withPen());
  });

  it('is refused when the token is that of another visitor', async () => {
    const token = await shop.visitor().csrfToken();
    await visitor.csrfToken();
    const response = await visitor.request('post', '/basket/add').type('form').send({ productId: pen, _csrf: token });
    expect(response.status).toBe(403);
  });

  it.each([
    ['the browser says that it comes from elsewhere', { 'Sec-Fetch-Site': 'cross-site' }],
    ['the browser says that it comes from a neighbour', { 'Sec-Fetch-Site': 'same-site' }],
    ['it comes from elsewhere', { Origin: 'https://elsewhere.example' }],
    ['it comes from nobody', { Origin: 'null' }],
  ])('is refused when the token is that of another visitor and %s', async (_what, headers) => {
    const token = await shop.visitor().csrfToken();
    await visitor.csrfToken();
    const post = visitor.request('post', '/basket/add').set(headers).set('Host', 'shop.example').type('form');
    expect((await post.send({ productId: pen, _csrf: token })).status).toBe(403);
  });

  it('is refused from a page of the shop, too, when nobody here has signed it', async () => {
    const forged = maskToken(`${'0'.repeat(64)}.${'1'.repeat(64)}`);
    const post = visitor.request('post', '/basket/add').set('Sec-Fetch-Site', 'same-origin').type('form');
    expect((await post.send({ productId: pen, _csrf: forged })).status).toBe(403);
  });

  it('is refused when cookie and token agree but were signed by nobody here', async () => {
    const forged = `${'0'.repeat(64)}.${'1'.repeat(64)}`;
    const response = await visitor
      .request('post', '/basket/add')
      .set('Cookie', `shop.csrf=${forged}`)
      .type('form')
      .send({ productId: pen, _csrf: maskToken(forged) });
    expect(response.status).toBe(403);
  });

  it.each(['/basket/add', '/basket/set', '/basket/remove', '/login', '/logout', '/register', '/checkout', '/nowhere'])(
    'is refused at %s',
    async (address) => {
      expect((await visitor.request('post', address).type('form').send({})).status).toBe(403);
    },
  );
});

describe('a token', () => {
  it('goes on working after a login, for the forms of other tabs', async () => {
    const token = await visitor.csrfToken();
    await shop.seedCustomer('tabs@example.com');
    await visitor.post('/login', { email: 'tabs@example.com', password: customer.password });
    const response = await visitor.request('post', '/basket/add').type('form').send({ productId: pen, _csrf: token });
    expect(response.status).toBe(303);
  });

  it.each([
    ['says so', { 'Sec-Fetch-Site': 'same-origin' }],
    ['names the page as its origin', { Origin: 'http://shop.example' }],
  ])('of a page whose cookie another page has replaced counts where the browser %s', async (_how, headers) => {
    // Two pages at once, without a cookie yet: each brings one, and the browser keeps that of the other.
    const [page, other] = [shop.visitor(), shop.visitor()];
    const token = await page.csrfToken();
    await other.csrfToken();
    const post = other.request('post', '/basket/add').set(headers).set('Host', 'shop.example').type('form');
    expect((await post.send({ productId: pen, _csrf: token })).status).toBe(303);
    expect(await other.quantities()).toEqual(withPen());
  });

  it('looks different on every page, and its cookie is set once', async () => {
    const pages = [await visitor.get('/login'), await visitor.get('/login')];
    const [first, second] = pages.map(({ text }) => hiddenField(text, '_csrf'));
    expect(first).not.toBe(second);
    expect(unmaskToken(first)).toBe(unmaskToken(second));
    expect(pages.map(({ headers }) => headers['set-cookie'] !== undefined)).toEqual([true, false]);
  });

  it('of an earlier secret goes on working while that secret is still listed', async () => {
    const token = await visitor.csrfToken();
    const cookie = `${CSRF_COOKIE}=${visitor.cookies.get(CSRF_COOKIE) ?? ''}`;
    const rotated = await openAnother({ csrfSecrets: ['a new secret that signs', ...csrfSecrets] });
    const post = (app: TestShop) =>
      app
        .visitor()
        .request('post', '/basket/remove')
        .set('Cookie', cookie)
        .type('form')
        .send({ productId: '1', _csrf: token });
    expect((await post(rotated)).status).toBe(303);
    const replaced = await openAnother({ csrfSecrets: ['a new secret that signs'] });
    expect((await post(replaced)).status).toBe(403);
  });

  it.each([[[]], [['short']], [['long enough to be a secret', '']]])(
    'needs secrets worth the name: %p',
    async (secrets) => {
      await expect(openAnother({ csrfSecrets: secrets })).rejects.toThrow(TypeError);
    },
  );
});

describe('a body that is not right', () => {
  const send = async (type: string, body: string) => {
    const token = await visitor.csrfToken();
    return visitor.request('post', '/basket/add').set('x-csrf-token', token).set('Content-Type', type).send(body);
  };

  const bodies: [string, string, string, number][] = [
    ['a form over 16 kB', 'application/x-www-form-urlencoded', `productId=1&x=${'y'.repeat(17_000)}`, 413],
    ['JSON over 16 kB', 'application/json', JSON.stringify({ productId: '1', x: 'y'.repeat(17_000) }), 413],
    ['JSON that is none', 'application/json', '{"productId": secret-words', 400],
    ['too many fields', 'application/x-www-form-urlencoded', 'a=1&'.repeat(60), 413],
    ['a charset nobody has', 'application/json; charset=x-klingon', '{}', 400],
    ['a form that is binary', 'application/x-www-form-urlencoded', '\x00\x01%%%', 404],
    ['a NUL in a field', 'application/x-www-form-urlencoded', 'productId=1%00', 400],
    ['an upload', 'multipart/form-data; boundary=x', '--x\r\n\r\n--x--', 404],
  ];

  it.each(bodies)('%s', async (_what, type, body, status) => {
    await visitor.post('/basket/add', { productId: pen });
    const response = await send(type, body);
    expect([response.status, response.type]).toEqual([status, 'text/html']);
    expect(response.text).not.toContain('secret-words');
    expect(await visitor.quantities()).toEqual(withPen());
  });
});

describe('a session cookie that is not right', () => {
  it.each([
    ['made up', () => 'abcdefghijklmnopqrstuvwxyz012345'],
    ['empty', () => ''],
    ['of another make', () => 's%3Aabc.def'],
    ['without end', () => 'x'.repeat(3000)],
    ['tampered with', (cookie: string) => cookie.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))],
  ])('is nobody: %s', async (_what, change) => {
    await visitor.post('/basket/add', { productId: pen });
    const before = shop.store.created;
    const stranger = shop.visitor();
    const cookie = `${SESSION_COOKIE}=${change(visitor.cookies.get(SESSION_COOKIE) ?? '')}`;
    const response = await stranger.get('/basket').set('Cookie', cookie).set('Accept', 'application/json').expect(200);
    expect(response.body).toMatchObject({ items: [], user: null });
    expect(shop.store.created).toBe(before);
    expect(await visitor.quantities()).toEqual(withPen());
  });
});

describe('over https', () => {
  it('cookies are for https alone, and the browser is told to stay there', async () => {
    const secure = await openAnother({ secureCookies: true });
    const response = await secure.visitor().get('/').expect(200);
    expect(String(response.headers['set-cookie'])).toMatch(
      /^__Host-shop\.csrf=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(response.headers['strict-transport-security']).toContain('max-age=');
    expect(response.headers['content-security-policy']).toContain('upgrade-insecure-requests');
    const plain = await visitor.get('/').expect(200);
    expect(plain.headers['strict-transport-security']).toBeUndefined();
  });
});

describe('when the sessions cannot be reached', () => {
  afterEach(() => shop.store.bringBack());

  it.each(['/', '/basket', '/checkout', '/orders', '/products/rain-can'])(
    '%s answers 503 with a page, keeps the cookie and changes nothing',
    async (address) => {
      await visitor.post('/basket/add', { productId: pen });
      shop.store.takeDown();
      const response = await visitor.get(address).expect(503).expect('Content-Type', /html/);
      expect(response.text).toContain('We cannot reach your basket');
      expect(response.headers['retry-after']).toBe('2');
      expect(String(response.headers['set-cookie'] ?? '')).not.toContain(SESSION_COOKIE);
      shop.store.bringBack();
      expect(await visitor.quantities()).toEqual(withPen());
    },
  );

  it('a change is refused, and JSON says so', async () => {
    await visitor.post('/basket/add', { productId: pen });
    shop.store.takeDown();
    const response = await visitor.postJson('/basket/add', { productId: pen });
    expect([response.status, response.body.error.code]).toEqual([503, 'SESSION_UNAVAILABLE']);
    shop.store.bringBack();
    expect(await visitor.quantities()).toEqual(withPen());
  });

  it('a logout is not said to be done', async () => {
    await visitor.post('/basket/add', { productId: pen });
    shop.store.takeDown();
    expect((await visitor.post('/logout')).status).toBe(503);
    shop.store.bringBack();
    expect(await visitor.quantities()).toEqual(withPen());
  });

  it('what needs no session is served', async () => {
    shop.store.takeDown();
    const addresses = ['/healthz', '/assets/shop.css', '/nowhere'];
    const statuses = await Promise.all(addresses.map(async (address) => (await visitor.get(address)).status));
    expect(statuses).toEqual([200, 200, 404]);
  });
});

describe('a session that ends while a request is under way', () => {
  it('is answered 400 with a page, and does not come back', async () => {
    await visitor.post('/basket/add', { productId: pen });
    const otherTab = shop.visitorWith(visitor);
    shop.store.destroyBeforeNextWrite();
    const late = await visitor.post('/basket/add', { productId: pen });
    expect([late.status, late.type]).toEqual([400, 'text/html']);
    expect(late.text).toContain('You have been logged out');
    expect(await otherTab.basket()).toMatchObject({ items: [] });
  });
});

describe('when the catalogue cannot be reached', () => {
  it('answers 503 with a page, keeps the basket and recovers by itself', async () => {
    const frail = await openAnother({ isFrail: true });
    const guest = frail.visitor();
    const id = await frail.productId('sparrow-pen');
    await guest.post('/basket/add', { productId: id });
    const checkoutKey = await guest.checkoutKey();
    frail.line?.down();
    for (const address of ['/', '/products/rain-can', '/basket']) {
      const response = await guest.get(address).expect(503).expect('Content-Type', /html/);
      expect(response.text).toContain('The shop is out of reach');
    }
    const fields = { name: 'Ada', email: 'ada@example.com', address: 'Old Town', checkoutKey };
    expect((await guest.post('/checkout', fields)).status).toBe(503);
    expect((await guest.post('/login', { email: 'a@example.com', password: 'x' })).status).toBe(503);
    frail.line?.up();
    expect(await guest.quantities()).toEqual({ [id]: 1 });
    expect((await guest.post('/checkout', fields)).status).toBe(303);
  });
});

describe('a fault of our own', () => {
  it('shows a page without a word of the error, and logs without one of its message', async () => {
    const router = Router();
    router.get('/boom', () => {
      throw new Error('secret words');
    });
    const broken = await openAnother({ opsRouters: [{ path: '/ops', router }] });
    const { text } = await broken.visitor().get('/ops/boom').expect(500).expect('Content-Type', /html/);
    expect(text).toContain('Something went wrong');
    expect(text + broken.log()).not.toContain('secret words');
    expect(broken.log()).toContain('"problem":"INTERNAL","name":"Error","at":');
  });
});

describe('the log', () => {
  it('has a line per request, and nothing that is a secret', async () => {
    const quiet = await openAnother({});
    const guest = quiet.visitor();
    await guest.post('/basket/add', { productId: await quiet.productId('sparrow-pen') });
    await guest.post('/login', { email: 'someone@example.com', password: 'not-the-password' });
    await guest.get('/login?next=/secret-query').expect(200);
    expect(quiet.log()).toContain('"method":"POST","path":"/basket/add","status":303');
    const secrets = [
      guest.cookies.get(SESSION_COOKIE) ?? '',
      await guest.csrfToken(),
      'someone@example.com',
      'not-the-password',
      'secret-query',
    ];
    for (const secret of secrets) expect(quiet.log()).not.toContain(secret);
  });
});

describe('for operators', () => {
  it('/healthz says that the process is up', async () => {
    const response = await visitor.get('/healthz').expect(200);
    expect([response.type, response.text]).toEqual(['text/plain', 'ok\n']);
  });

  it.each([
    [true, 200],
    [false, 503],
  ])('/readyz says what is ready (%s)', async (isReady, status) => {
    const readiness = async () => ({ isReady, checks: { main: isReady ? 'ok' : 'unreachable' } });
    const asked = await openAnother({ readiness });
    const response = await asked.visitor().get('/readyz').expect(status);
    expect(response.body).toEqual({ ready: isReady, checks: { main: isReady ? 'ok' : 'unreachable' } });
  });

  it('routers of their own need neither session nor token', async () => {
    const router = Router();
    router.post('/flip', (_request, response) => {
      response.json({ flipped: true });
    });
    const operated = await openAnother({ opsRouters: [{ path: '/ops', router }] });
    operated.store.takeDown();
    const response = await operated.visitor().request('post', '/ops/flip').expect(200);
    expect(response.body).toEqual({ flipped: true });
  });
});
