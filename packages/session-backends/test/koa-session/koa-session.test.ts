import { memoryStore } from '@switchyard/session-backends';
import { koaSessionStore, type KoaMaxAge } from '@switchyard/session-backends/koa-session';
import { addAtOnce, meet, type SituationName } from '../support/adapter-cases.ts';
import { cookiesOf, openShop, type CookieFate } from '../support/adapter-shop.ts';
import { koaSessionShop } from '../support/koa-session-shop.ts';

const shopOf = (...options: Parameters<typeof koaSessionShop>) => openShop(koaSessionShop(...options));
const DAY = 86_400_000;

describe('the visitor is answered', () => {
  const table: readonly (readonly [SituationName, status: number, cookie: CookieFate, shown: string[] | number])[] = [
    ['nothing: load', 200, 'kept', ['first']],
    ['nothing: save', 204, 'renewed', ['first', 'second']],
    ['absent: load', 200, 'kept', []],
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
  const shop = await shopOf({ library: { rolling: true } });
  const cookies = await shop.visitor();
  expect(shop.store.calls).toEqual({ load: 0, apply: 1 });
  await shop.agent.post('/add/second').set('Cookie', cookies);
  expect(shop.store.calls).toEqual({ load: 1, apply: 2 });
  const shown = await shop.agent.get('/show').set('Cookie', cookies);
  expect(cookiesOf(shown)).toBe(cookies);
  expect(shop.store.calls).toEqual({ load: 2, apply: 2 });
});

it('a rolling session is renewed, and its data are not written', async () => {
  const shop = await shopOf({ touchAfterMs: 0, library: { rolling: true } });
  const cookies = await shop.visitor();
  const [before] = [...shop.rows.values()];
  await shop.agent.get('/show').set('Cookie', cookies);
  const [after] = [...shop.rows.values()];
  expect(after).toMatchObject({ data: before?.data, version: (before?.version ?? 0) + 1 });
});

it('loses nothing of 64 requests at once, in two processes on PostgreSQL', async () => {
  const lines = await addAtOnce(koaSessionShop(), 64);
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

it('a regenerated session has a new key, and the old one is dead', async () => {
  const shop = await shopOf();
  const before = await shop.visitor();
  const after = cookiesOf(await shop.agent.post('/regenerate').set('Cookie', before).expect(204));
  await shop.agent.get('/show').set('Cookie', after).expect(200, { first: '1' });
  await shop.agent.get('/show').set('Cookie', before).expect(200, {});
});

it('a session that is assigned anew is merged, too', async () => {
  const shop = await shopOf();
  const cookies = await shop.visitor();
  shop.hooks.during = async () => {
    shop.hooks.during = async () => undefined;
    await shop.agent.post('/add/meanwhile').set('Cookie', cookies).expect(204);
  };
  await shop.agent.post('/assign/second').set('Cookie', cookies).expect(204);
  await shop.agent.get('/show').set('Cookie', cookies).expect(200, { first: '1', second: '1', meanwhile: '1' });
});

describe('the age', () => {
  const open = () => {
    let time = 1_800_000_000_000;
    const memory = memoryStore({ now: () => time });
    const store = koaSessionStore({ store: memory, ttlMs: 2 * DAY, now: () => time });
    return { store, pass: (ms: number) => void (time += ms) };
  };

  it.each<[KoaMaxAge, lives: number]>([
    [5 * DAY, 5 * DAY],
    ['session', 2 * DAY],
    [undefined, 2 * DAY],
    [Number.NaN, 2 * DAY],
  ])('of %p keeps a session for %p ms', async (maxAge, lives) => {
    const { store, pass } = open();
    await store.set('a', { n: 1 }, maxAge);
    pass(lives - 1);
    expect(await store.get('a', maxAge)).toEqual({ n: 1 });
    pass(1);
    expect(await store.get('a', maxAge)).toBeUndefined();
  });

  it('of the row, which a touch has moved, is shown where koa-session looks for it', async () => {
    const { store, pass } = open();
    const save = (ctx: object) => {
      const _expire = 1_800_000_000_000 + passed + DAY;
      return store.set('a', { n: 1, _expire, _maxAge: DAY }, DAY + 10_000, { ctx });
    };
    let passed = 0;
    const ctx = {};
    await save(ctx);
    pass((passed = DAY / 2));
    await save(ctx);
    expect(await store.get('a')).toEqual({ n: 1, _expire: 1_800_000_000_000 + 1.5 * DAY, _maxAge: DAY });
  });

  it('may end with the browser: the session is found again', async () => {
    const shop = await shopOf({ library: { maxAge: 'session' } });
    const response = await shop.agent.post('/add/first').expect(204);
    expect(String(response.headers['set-cookie'])).not.toContain('expires');
    await shop.agent.get('/show').set('Cookie', cookiesOf(response)).expect(200, { first: '1' });
  });
});
