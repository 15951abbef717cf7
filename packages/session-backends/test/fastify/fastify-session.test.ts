import { memoryStore } from '@switchyard/session-backends';
import { fastifySessionStore } from '@switchyard/session-backends/fastify';
import { addAtOnce, meet, type SituationName } from '../support/adapter-cases.ts';
import { cookiesOf, openShop, type CookieFate } from '../support/adapter-shop.ts';
import { fastifySessionShop } from '../support/fastify-session-shop.ts';

const shopOf = (...options: Parameters<typeof fastifySessionShop>) => openShop(fastifySessionShop(...options));

describe('the visitor is answered', () => {
  const table: readonly (readonly [SituationName, status: number, cookie: CookieFate, shown: string[] | number])[] = [
    ['nothing: load', 200, 'renewed', ['first']],
    ['nothing: save', 204, 'renewed', ['first', 'second']],
    ['absent: load', 200, 'removed', []],
    ['absent: save', 204, 'replaced', []],
    ['gone: save', 400, 'kept', []],
    ['undecodable: load', 500, 'kept', 500],
    ['undecodable: save', 500, 'kept', 500],
    ['unavailable: load', 503, 'kept', ['first']],
    ['unavailable: save', 503, 'kept', ['first']],
    ['unavailable: destroy', 503, 'kept', ['first']],
    ['answer lost: save', 503, 'kept', ['first', 'second']],
    ['too large: save', 500, 'kept', ['first']],
  ];

  it.each(table)('%s: %s, the cookie is %s', async (situation, status, cookie, shown) => {
    const shop = await shopOf({ maxBytes: 2000 });
    const { cookies, ...answer } = await meet(shop, situation);
    expect(answer).toEqual({ status, cookie, ...(status === 503 && { retry: '2' }) });
    const after = await shop.agent.get('/show').set('Cookie', cookies);
    expect(after.status === 200 ? Object.keys(after.body as object) : after.status).toEqual(shown);
  });
});

it('costs one load and one save; the save of an unchanged session (rolling) is left out', async () => {
  const shop = await shopOf();
  const cookies = await shop.visitor();
  expect(shop.store.calls).toEqual({ load: 0, apply: 1 });
  await shop.agent.post('/add/second').set('Cookie', cookies);
  expect(shop.store.calls).toEqual({ load: 1, apply: 2 });
  await shop.agent.get('/show').set('Cookie', cookies);
  await shop.agent.get('/show').set('Cookie', cookies);
  expect(shop.store.calls).toEqual({ load: 3, apply: 2 });
});

it('a rolling session is renewed, and its data are not written', async () => {
  const shop = await shopOf({ touchAfterMs: 0 });
  const cookies = await shop.visitor();
  const [before] = [...shop.rows.values()];
  await shop.agent.get('/show').set('Cookie', cookies);
  await shop.agent.get('/show').set('Cookie', cookies);
  const [after] = [...shop.rows.values()];
  expect(after).toMatchObject({ data: before?.data, version: (before?.version ?? 0) + 2 });
});

it('loses nothing of 64 requests at once, in two processes on PostgreSQL', async () => {
  const lines = await addAtOnce(fastifySessionShop(), 64);
  expect(lines).toHaveLength(65);
  expect(new Set(lines)).toEqual(new Set(['first', ...Array.from({ length: 64 }, (_, n) => `line-${n}`)]));
});

it('a late save brings nothing back where that is no error', async () => {
  const shop = await shopOf({ gone: 'ignore' });
  const { status } = await meet(shop, 'gone: save');
  expect(status).toBe(204);
  expect([...shop.rows.values()].map(({ data }) => data)).toEqual([null]);
  expect(shop.events).toEqual(['gone']);
});

it('a regenerated session has a new id, and what was asked to be kept', async () => {
  const shop = await shopOf();
  const before = await shop.visitor();
  const after = cookiesOf(await shop.agent.post('/regenerate').set('Cookie', before).expect(204));
  await shop.agent.get('/show').set('Cookie', after).expect(200, { first: '1' });
  await shop.agent.get('/show').set('Cookie', before).expect(200, {});
  await shop.agent.post('/add/second').set('Cookie', after).expect(204);
  await shop.agent.get('/show').set('Cookie', after).expect(200, { first: '1', second: '1' });
});

it('a reloaded session is saved over what it was reloaded from', async () => {
  const shop = await shopOf();
  const cookies = await shop.visitor();
  shop.hooks.during = async () => {
    shop.hooks.during = async () => undefined;
    await shop.agent.post('/add/meanwhile').set('Cookie', cookies).expect(204);
  };
  await shop.agent.post('/reload/second').set('Cookie', cookies).expect(204);
  await shop.agent.get('/show').set('Cookie', cookies).expect(200, { first: '1', meanwhile: '1', second: '1' });
  expect(shop.events).toEqual([]);
});

describe('a session that was not loaded here', () => {
  const set = (store: ReturnType<typeof fastifySessionStore>, session: object): Promise<unknown> =>
    new Promise((resolve) => store.set('a', session, resolve));

  it('replaces the one of its id, as in any store, when it is a plain object', async () => {
    const store = fastifySessionStore({ store: memoryStore() });
    expect(await set(store, { a: 1 })).toBeNull();
    expect(await set(store, { a: 2 })).toBeNull();
  });

  it('is refused when it is a Session: its mark is lost, and it would go over what others wrote', async () => {
    class Session {
      readonly a = 1;
    }
    const store = fastifySessionStore({ store: memoryStore() });
    expect(await set(store, new Session())).toBeNull();
    expect(await set(store, new Session())).toMatchObject({ code: 'SESSION_CONFLICT' });
  });
});
