import request from 'supertest';
import { encodeKey, parseSessionKey } from '@switchyard/session-backends';
import { customer, openComposedShop, type ComposedShop } from '../support/open-composed-shop.ts';

let composed: ComposedShop;
beforeAll(async () => {
  composed = await openComposedShop({ SESSION_CACHE: 'off' });
});
afterAll(() => composed.close());

const entries = (): Record<string, unknown>[] =>
  composed
    .log()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('nowhere in the log of a whole shopping tour is a session key, in clear or as it is stored', async () => {
  const visitor = composed.visitor();
  const keys = new Set<string>();
  const note = (): void => {
    const value = visitor.cookies.get('shop.sid');
    if (value !== undefined) keys.add(value);
  };
  await visitor.get('/').expect(200);
  const { id } = (await composed.databases.main.query<{ id: number }>('select id from product limit 1')).rows[0] ?? {};
  const { status } = await visitor.post('/basket/add', { productId: String(id), quantity: 2 });
  note();
  const { status: loggedIn } = await visitor.post('/login', { email: customer.email, password: customer.password });
  expect([status, loggedIn]).toEqual([303, 303]);
  note();
  await visitor.get('/basket').expect(200);
  // Where somebody pastes it, and where nobody would look for it.
  for (const key of keys) await visitor.get(`/nowhere/${key}?sid=${key}`).set('X-Request-Id', key);
  // Whatever goes wrong below the shop is logged.
  await composed.databases.main.query('alter table session rename to hidden');
  await visitor.get('/basket').expect(503);
  await composed.databases.main.query('alter table hidden rename to session');
  await visitor.post('/logout');

  expect(keys.size).toBe(2);
  const log = composed.log();
  expect(entries().length).toBeGreaterThan(8);
  for (const key of keys) {
    expect(log).not.toContain(key);
    expect(log).not.toContain(encodeKey(parseSessionKey(key) as never));
  }
});

it('lines of one request carry the id that its answer names', async () => {
  const answer = await request(composed.shop.app).get('/nowhere').expect(404);
  const id = answer.headers['x-request-id'] as string;
  expect(id).toMatch(/^[\da-f-]{36}$/);
  expect(entries().filter(({ requestId }) => requestId === id)).toEqual([
    expect.objectContaining({ level: 'info', method: 'GET', path: '/nowhere', status: 404, msg: 'request' }),
  ]);
});

it('an id that a proxy gives is kept, and nothing that could be something else', async () => {
  const ask = async (given: string): Promise<unknown> =>
    (await request(composed.shop.app).get('/healthz').set('X-Request-Id', given)).headers['x-request-id'];
  expect(await ask('req-12345678')).toBe('req-12345678');
  expect(await ask('"},{"forged')).toMatch(/^[\da-f-]{36}$/);
});
