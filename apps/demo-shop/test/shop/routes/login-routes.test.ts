import { SESSION_COOKIE, customer, openTestShop, type TestShop } from '../../support/open-test-shop.ts';
import type { Visitor } from '../../support/visitor.ts';

let shop: TestShop;
let visitor: Visitor;
let pen: string;

const { email, password } = customer;

beforeAll(async () => {
  shop = await openTestShop();
  pen = await shop.productId('sparrow-pen');
});
afterAll(() => shop.close());
beforeEach(() => {
  visitor = shop.visitor();
});

describe('the login', () => {
  it('lets a customer in, greets them and takes the basket along under a new session key', async () => {
    await visitor.post('/basket/add', { productId: pen });
    const before = visitor.cookies.get(SESSION_COOKIE);
    const response = await visitor.post('/login', { email: ` ${email.toUpperCase()} `, password });
    expect([response.status, response.headers['location']]).toEqual([303, '/']);
    expect(visitor.cookies.get(SESSION_COOKIE)).not.toBe(before);
    const { text } = await visitor.get('/').expect(200);
    expect(text).toContain(`Welcome back, ${customer.name}.`);
    expect(text).toContain('href="/orders"');
    expect(await visitor.basket()).toMatchObject({ user: { email }, items: [{ productId: pen, quantity: 1 }] });
  });

  it('leaves the session key of before good for nothing', async () => {
    await visitor.post('/basket/add', { productId: pen });
    const thief = shop.visitorWith(visitor);
    await visitor.post('/login', { email, password });
    expect(await thief.basket()).toMatchObject({ user: null, items: [] });
  });

  it.each([
    ['a wrong password', { email, password: 'slow-tea-tim' }],
    ['an unknown address', { email: 'nobody@example.com', password }],
    ['no password', { email }],
    ['nothing', {}],
    ['an address that is none', { email: "' or 1=1 --", password }],
  ])('refuses %s with the same words, and changes nothing', async (_what, fields) => {
    await visitor.post('/basket/add', { productId: pen });
    const response = await visitor.post('/login', fields);
    expect(response.status).toBe(401);
    expect(response.text).toContain('We do not know this email address with this password.');
    expect(response.text).not.toContain(password);
    expect(await visitor.basket()).toMatchObject({ user: null, items: [{ productId: pen, quantity: 1 }] });
  });

  it('makes who guesses wait, even with the right password in the end', async () => {
    const throttled = await openTestShop({ failuresPerAccount: 3 });
    const guesser = throttled.visitor();
    for (let guess = 0; guess < 3; guess++)
      expect((await guesser.post('/login', { email, password: `guess ${guess}` })).status).toBe(401);
    const response = await guesser.post('/login', { email, password });
    expect(response.status).toBe(429);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    expect(response.text).toContain('Too many attempts.');
    expect(await guesser.basket()).toMatchObject({ user: null });
    await throttled.close();
  });

  it.each([
    ['/checkout', '/checkout'],
    ['/orders', '/orders'],
    ['https://example.com/', '/'],
    ['//example.com', '/'],
    ['/\\example.com', '/'],
    ['', '/'],
  ])('with next=%s leads to %s', async (next, destination) => {
    const response = await visitor.post('/login', { email, password, next });
    expect(response.headers['location']).toBe(destination);
  });

  it('shows the demonstration customer only where one is given', async () => {
    expect((await visitor.get('/login')).text).not.toContain('For a first look');
    const demo = await openTestShop({ demoCustomer: { email, password } });
    expect((await demo.visitor().get('/login')).text).toContain(`<code>${email}</code>`);
    await demo.close();
  });

  it('is forgotten when the account is no more', async () => {
    await shop.seedCustomer('gone@example.com');
    await visitor.post('/login', { email: 'gone@example.com', password });
    expect(await visitor.basket()).toMatchObject({ user: { email: 'gone@example.com' } });
    await shop.db.user.delete({ where: { email: 'gone@example.com' } });
    expect(await visitor.basket()).toMatchObject({ user: null });
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const slow = await openTestShop({ passwordCost: { log2N: 16, r: 8, p: 1 } });
    const guesser = slow.visitor();
    await guesser.post('/register', { name: 'Ada', email: 'slow@example.com', password: 'slow-tea-time' });
    const durationOf = async (address: string): Promise<number> => {
      const startedAt = performance.now();
      expect((await guesser.post('/login', { email: address, password: 'guess' })).status).toBe(401);
      return performance.now() - startedAt;
    };
    const wrong = await durationOf('slow@example.com');
    const unknown = await durationOf('nobody@example.com');
    await slow.close();
    expect(unknown).toBeGreaterThan(wrong / 3);
  });
});

describe('another customer on the same computer', () => {
  it('does not get the basket of the one before', async () => {
    await shop.seedCustomer('second@example.com');
    await visitor.post('/login', { email, password });
    await visitor.post('/basket/add', { productId: pen });
    await visitor.post('/login', { email: 'second@example.com', password });
    expect(await visitor.basket()).toMatchObject({ user: { email: 'second@example.com' }, items: [] });
  });
});

describe('the logout', () => {
  it('ends the session for good, in every tab', async () => {
    await visitor.post('/login', { email, password });
    await visitor.post('/basket/add', { productId: pen });
    const otherTab = shop.visitorWith(visitor);
    const response = await visitor.post('/logout');
    expect([response.status, response.headers['location']]).toEqual([303, '/']);
    expect(visitor.cookies.get(SESSION_COOKIE)).toBeUndefined();
    expect(await otherTab.basket()).toMatchObject({ user: null, items: [] });
    expect(await visitor.basket()).toMatchObject({ user: null, items: [] });
  });

  it('asks for a token like every other change', async () => {
    await visitor.post('/login', { email, password });
    await visitor.request('post', '/logout').type('form').send({}).expect(403);
    expect(await visitor.basket()).toMatchObject({ user: { email } });
  });
});
