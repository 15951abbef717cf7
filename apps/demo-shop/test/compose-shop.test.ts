import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@switchyard/databases';
import request from 'supertest';
import { openComposedShop, type ComposedShop } from './support/open-composed-shop.ts';
import { until } from './support/until.ts';
import type { Visitor } from './support/visitor.ts';

let composed: ComposedShop;
afterEach(() => composed.close());

const productId = async (): Promise<string> => {
  const { rows } = await composed.databases.main.query<{ id: number }>('select id from product order by id limit 1');
  return String(rows[0]?.id);
};
const addOne = async (visitor: Visitor): Promise<void> => {
  expect((await visitor.post('/basket/add', { productId: await productId(), quantity: 1 })).status).toBe(303);
};

it('before a move the new database may be away: the shop is ready, and sells', async () => {
  composed = await openComposedShop({
    SESSIONS_DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/nothing`,
  });
  const { body } = await request(composed.shop.app).get('/readyz').expect(200);
  expect(body).toEqual({ ready: true, checks: { main: 'ok', sessions: 'unreachable', 'session store': 'ok' } });
  await addOne(composed.visitor());
});

it('a shop that is told to end is not ready any more', async () => {
  composed = await openComposedShop();
  composed.shop.stopping();
  const { body } = await request(composed.shop.app).get('/readyz').expect(503);
  expect(body).toEqual({ ready: false, checks: { process: 'stopping' } });
});

it('a save whose visitor has gone is finished before the connections are closed, also when it has to be made again', async () => {
  composed = await openComposedShop({ SESSION_CACHE: 'off' });
  const { main } = composed.databases;
  const visitor = composed.visitor();
  await addOne(visitor);
  const somebody = await main.connect();
  await somebody.query('begin');
  await somebody.query('update session set version = version + 1');

  const form = { _csrf: await visitor.csrfToken(), productId: await productId(), quantity: '1' };
  const server = createServer(composed.shop.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const visit = new AbortController();
  const { port } = server.address() as AddressInfo;
  const sent = fetch(`http://127.0.0.1:${port}/basket/add`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { cookie: [...visitor.cookies].map((pair) => pair.join('=')).join('; ') },
    signal: visit.signal,
  });
  const waits = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
  await until('the save waits', async () => (await main.query(waits)).rows.length > 0);
  visit.abort();
  await expect(sent).rejects.toThrow('aborted');
  await new Promise((resolve) => server.close(resolve));
  const closing = composed.shop.close();
  await somebody.query('commit');
  somebody.release();
  await closing;

  const { rows } = await main.query<{ data: string }>('select data from session where data is not null');
  expect(Object.values((JSON.parse(rows[0]?.data ?? '') as { basket: object }).basket)).toEqual([2]);
});
