import request from 'supertest';
import { askMetrics, sumOf, type Sample } from '../support/ask-metrics.ts';
import { openComposedShop, type ComposedShop } from '../support/open-composed-shop.ts';
import { until } from '../support/until.ts';
import type { Visitor } from '../support/visitor.ts';

const opened: ComposedShop[] = [];
const open = async (environment?: NodeJS.ProcessEnv): Promise<ComposedShop> => {
  const shop = await openComposedShop(environment);
  opened.push(shop);
  return shop;
};
afterEach(async () => {
  for (const shop of opened.splice(0)) await shop.close();
});

const addOne = async ({ databases }: ComposedShop, visitor: Visitor): Promise<void> => {
  const { rows } = await databases.main.query<{ id: number }>('select id from product order by id limit 1');
  const { status } = await visitor.post('/basket/add', { productId: String(rows[0]?.id), quantity: 1 });
  expect(status).toBe(303);
};

const enable = ({ databases }: ComposedShop, flag: string): Promise<unknown> =>
  databases.main.query('update feature_flag set enabled = true where name = $1', [flag]);

/** What was counted by some work. */
async function during(composed: ComposedShop, work: () => Promise<void>) {
  const before = await askMetrics(composed.shop);
  await work();
  const after = await askMetrics(composed.shop);
  return (name: string, labels?: Sample['labels']) => sumOf(after, name, labels) - sumOf(before, name, labels);
}

it('requests are measured by the template of their route and the class of their status', async () => {
  const composed = await open();
  const visitor = composed.visitor();
  const counted = await during(composed, async () => {
    await visitor.get('/products/heron-teapot').expect(200);
    await visitor.get('/products/no-such-thing').expect(404);
    await visitor.get('/no/such/page').expect(404);
    await visitor.get('/ASSETS/nothing.css').expect(404);
    await request(composed.shop.app).trace('/');
  });
  const count = (labels: Sample['labels']): number => counted('shop_http_request_duration_seconds_count', labels);
  const get = { method: 'GET' };
  expect(count({ ...get, route: '/products/:slug', status_class: '2xx' })).toBe(1);
  expect(count({ ...get, route: '/products/:slug', status_class: '4xx' })).toBe(1);
  expect(count({ ...get, route: 'unmatched', status_class: '4xx' })).toBe(2);
  expect(count({ method: 'other' })).toBe(1);
  expect(sumOf(await askMetrics(composed.shop), 'shop_http_requests_in_flight')).toBe(0);
});

it('loads and saves are counted by where they went, answers by what they were', async () => {
  const composed = await open();
  const visitor = composed.visitor();
  const first = await during(composed, () => addOne(composed, visitor));
  expect(first('shop_session_saves_total', { database: 'old', result: 'written' })).toBe(1);
  expect(first('shop_session_operations_total', { operation: 'create', result: 'ok' })).toBe(1);

  const second = await during(composed, async () => void (await visitor.get('/basket').expect(200)));
  expect(second('shop_session_loads_total', { source: 'cache', result: 'found' })).toBe(1);
  expect(second('shop_session_loads_total', { source: 'old' })).toBe(0);
  expect(second('shop_session_cache_answers_total', { answer: 'hit' })).toBe(1);

  const third = await during(composed, async () => {
    await composed.databases.main.query('update session set data = null, version = version + 1');
    visitor.cookies.set('shop.sid', 'a'.repeat(32));
    await visitor.get('/basket').expect(200);
  });
  expect(third('shop_session_cache_answers_total', { answer: 'miss' })).toBe(1);
  expect(third('shop_session_loads_total', { source: 'old', result: 'absent' })).toBe(1);
  expect(third('shop_session_operations_total', { operation: 'load', result: 'absent' })).toBe(1);
});

it('a move shows as bounces, reads of what was left and rows brought across, and then as loads of the new database', async () => {
  const composed = await open({ SESSION_CACHE: 'off' });
  const visitor = composed.visitor();
  await addOne(composed, visitor);
  await composed.move.start();
  // The shop hears of the move from the new side, and believes in the old one, before the switch.
  await enable(composed, 'migration_flag');
  await until('the shop knows of the move', async () => {
    await addOne(composed, visitor);
    return sumOf(await askMetrics(composed.shop), 'shop_session_move_claimed') === 1;
  });
  await visitor.get('/basket').expect(200);
  const counted = await during(composed, async () => {
    await composed.move.switch('new');
    await visitor.get('/basket').expect(200);
    await addOne(composed, visitor);
    await visitor.get('/basket').expect(200);
  });
  expect(counted('shop_session_bounces_total', { from: 'old' })).toBeGreaterThanOrEqual(1);
  expect(counted('shop_session_merge_reads_total', { database: 'old' })).toBeGreaterThanOrEqual(1);
  expect(counted('shop_session_adoptions_total', { database: 'new' })).toBe(1);
  expect(counted('shop_session_saves_total', { database: 'new', result: 'written' })).toBeGreaterThanOrEqual(1);
  expect(counted('shop_session_loads_total', { source: 'new', result: 'found' })).toBeGreaterThanOrEqual(1);
  expect(counted('shop_session_loads_total', { source: 'old' })).toBe(0);

  expect(sumOf(await askMetrics(composed.shop), 'shop_session_epoch')).toBe(2);
});

it('a database that is away shows as failed loads and as operations that were not available', async () => {
  const composed = await open({ SESSION_CACHE: 'off' });
  const visitor = composed.visitor();
  await addOne(composed, visitor);
  await composed.databases.main.query('alter table session rename to hidden');
  const counted = await during(composed, async () => void (await visitor.get('/basket').expect(503)));
  await composed.databases.main.query('alter table hidden rename to session');
  expect(counted('shop_session_loads_total', { source: 'old', result: 'failed' })).toBe(1);
  expect(counted('shop_session_operations_total', { operation: 'load', result: 'unavailable' })).toBe(1);
});

it('flags and pools are shown as they are', async () => {
  const composed = await open();
  await enable(composed, 'migration_flag');
  const isOn = async (): Promise<boolean> =>
    sumOf(await askMetrics(composed.shop), 'shop_flag_enabled', { flag: 'migration_flag' }) === 1;
  await until('the flag is on', isOn);
  const samples = await askMetrics(composed.shop);
  expect(sumOf(samples, 'shop_flag_enabled', { flag: 'new_db_router_flag' })).toBe(0);
  expect(sumOf(samples, 'shop_database_pool_connections_max', { pool: 'main' })).toBe(10);
  expect(sumOf(samples, 'shop_database_pool_connections', { pool: 'main' })).toBeGreaterThanOrEqual(1);
});

describe('who may see /metrics', () => {
  const production = {
    NODE_ENV: 'production',
    OPS_TOKEN: 'a token of the operators',
    SWITCHYARD_TOKEN: 'a token of the tests',
  };

  it('anybody, in development', async () => {
    const { shop } = await open();
    const answer = await request(shop.app).get('/metrics').expect(200);
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.text).toContain('process_resident_memory_bytes');
  });

  it('whoever has the token, in production', async () => {
    const { shop } = await open(production);
    await request(shop.app).get('/metrics').expect(401);
    await request(shop.app).get('/metrics').set('Authorization', 'Bearer another token').expect(401);
    await request(shop.app).get('/metrics').set('Authorization', `Bearer ${production.SWITCHYARD_TOKEN}`).expect(200);
  });

  it('nobody, in production without a token', async () => {
    const { SWITCHYARD_TOKEN: _, ...withoutToken } = production;
    const { shop } = await open(withoutToken);
    await request(shop.app).get('/metrics').expect(404);
  });

  it('nobody on the port of the shop where they have one of their own', async () => {
    const { shop } = await open({ METRICS_PORT: '0' });
    await request(shop.app).get('/metrics').expect(404);
    await request(shop.metrics).get('/metrics').expect(200);
  });
});
