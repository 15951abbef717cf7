import { customer, openTestShop, type TestShop } from '../../support/open-test-shop.ts';
import type { Visitor } from '../../support/visitor.ts';

let shop: TestShop;
let visitor: Visitor;

const fields = { name: 'Grace', email: 'grace@example.com', password: 'compile me' };

beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  visitor = shop.visitor();
});

describe('registering', () => {
  it('makes an account, logs in and takes the basket along', async () => {
    await visitor.post('/basket/add', { productId: await shop.productId('rain-can') });
    const response = await visitor.post('/register', { ...fields, email: 'Grace@Example.com' });
    expect([response.status, response.headers['location']]).toEqual([303, '/']);
    expect(await visitor.basket()).toMatchObject({ user: { email: fields.email }, items: [{ quantity: 1 }] });
    const user = await shop.db.user.findUniqueOrThrow({ where: { email: fields.email } });
    expect(user.passwordHash).toMatch(/^\$scrypt\$/);
    const again = shop.visitor();
    expect((await again.post('/login', fields)).status).toBe(303);
  });

  it('refuses an address that is taken, also to two at once', async () => {
    const taken = await visitor.post('/register', { ...fields, email: customer.email });
    expect([taken.status, taken.text.includes('There is an account with this address already.')]).toEqual([422, true]);
    const other = shop.visitor();
    await Promise.all([visitor.csrfToken(), other.csrfToken()]);
    const both = [visitor, other].map((one) => one.post('/register', { ...fields, email: 'twin@example.com' }));
    const statuses = (await Promise.all(both)).map((response) => response.status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([303, 422]);
  });

  it.each([
    ['no name', { name: ' ' }, 'name-error'],
    ['a name without end', { name: 'x'.repeat(101) }, 'name-error'],
    ['an address that is none', { email: 'grace at example' }, 'email-error'],
    ['a short password', { password: 'ninechars' }, 'password-error'],
    ['a password without end', { password: 'x'.repeat(201) }, 'password-error'],
  ])('refuses %s, and says so at the field', async (_what, wrong, errorId) => {
    const before = await shop.db.user.count();
    const response = await visitor.post('/register', { ...fields, email: 'new@example.com', ...wrong });
    expect(response.status).toBe(422);
    expect(response.text).toContain(`id="${errorId}"`);
    expect(response.text).toContain('aria-invalid="true"');
    expect(response.text).not.toMatch(/type="password" value="[^"]/);
    expect(await shop.db.user.count()).toBe(before);
  });

  it('shows the form', async () => {
    const { text } = await visitor.get('/register').expect(200);
    for (const id of ['name', 'email', 'password']) expect(text).toContain(`<label for="${id}">`);
  });
});
