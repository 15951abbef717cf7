import { EventEmitter } from 'node:events';
import { addAtOnce, meet, type SituationName } from '../support/adapter-cases.ts';
import { openShop, type CookieFate } from '../support/adapter-shop.ts';
import { expressSessionShop } from './express-session-shop.ts';

type Table = readonly (readonly [SituationName, status: number, cookie: CookieFate, shown: string[] | number])[];

/** What the visitor is answered; and what is shown to the same visitor afterwards. */
const EITHER: Table = [
  ['nothing: load', 200, 'kept', ['first']],
  ['nothing: save', 204, 'renewed', ['first', 'second']],
  ['absent: load', 200, 'kept', []],
  ['absent: save', 204, 'replaced', []],
  ['undecodable: load', 500, 'kept', 500],
  ['unavailable: load', 503, 'kept', ['first']],
  ['unavailable: destroy', 503, 'kept', ['first']],
];

/** express-session sends the headers before it saves: what goes wrong then can no longer be told. */
const AT_THE_END: Table = [
  ['gone: save', 204, 'renewed', []],
  ['undecodable: save', 204, 'renewed', 500],
  ['unavailable: save', 204, 'renewed', ['first']],
  ['answer lost: save', 204, 'renewed', ['first', 'second']],
  ['too large: save', 204, 'renewed', ['first']],
];

const SAVED_BEFORE: Table = [
  ['gone: save', 400, 'renewed', []],
  ['undecodable: save', 500, 'renewed', 500],
  ['unavailable: save', 503, 'renewed', ['first']],
  ['answer lost: save', 503, 'renewed', ['first', 'second']],
  ['too large: save', 500, 'renewed', ['first']],
];

describe.each([
  ['when the response ends', expressSessionShop({ maxBytes: 2000 }), [...EITHER, ...AT_THE_END]],
  [
    'by the application, before it answers',
    expressSessionShop({ maxBytes: 2000, savesItself: true, gone: 'error' }),
    [...EITHER, ...SAVED_BEFORE],
  ],
] as const)('saved %s', (_name, adapter, table) => {
  it.each(table)('%s: %s, the cookie is %s', async (situation, status, cookie, shown) => {
    const shop = await openShop(adapter);
    const { cookies, ...answer } = await meet(shop, situation);
    expect(answer).toEqual({ status, cookie, ...(status === 503 && { retry: '2' }) });
    const after = await shop.agent.get('/show').set('Cookie', cookies);
    expect(after.status === 200 ? Object.keys(after.body as object) : after.status).toEqual(shown);
  });

  it('costs one load and one save', async () => {
    const shop = await openShop(adapter);
    const cookies = await shop.visitor();
    expect(shop.store.calls).toEqual({ load: 0, apply: 1 });
    await shop.agent.post('/add/second').set('Cookie', cookies);
    expect(shop.store.calls).toEqual({ load: 1, apply: 2 });
    await shop.agent.get('/show').set('Cookie', cookies);
    expect(shop.store.calls).toEqual({ load: 2, apply: 2 });
  });

  it('loses nothing of 64 requests at once, in two processes on PostgreSQL', async () => {
    const lines = await addAtOnce(adapter, 64);
    expect(lines).toHaveLength(65);
    expect(new Set(lines)).toEqual(new Set(['first', ...Array.from({ length: 64 }, (_, n) => `line-${n}`)]));
  });
});

it('never says that it is disconnected: nobody is served without a session', async () => {
  const shop = await openShop(expressSessionShop());
  const cookies = await shop.visitor();
  const emit = jest.spyOn(EventEmitter.prototype, 'emit');
  shop.store.fault = 'down';
  await shop.agent.get('/show').set('Cookie', cookies).expect(503);
  await shop.agent.get('/show').set('Cookie', cookies).expect(503);
  expect(emit.mock.calls.map(([name]) => name)).not.toContain('disconnect');
  emit.mockRestore();
});

it('leaves what cannot be decoded as it is', async () => {
  const shop = await openShop(expressSessionShop({ library: { resave: true, saveUninitialized: true } }));
  const cookies = await shop.visitor();
  shop.spoilAll();
  const spoilt = [...shop.rows.values()];
  await shop.agent.post('/add/second').set('Cookie', cookies).expect(500);
  expect([...shop.rows.values()]).toEqual(spoilt);
});

it('writes no row for a visitor whose session stays empty', async () => {
  const shop = await openShop(expressSessionShop());
  await shop.agent.get('/show').expect(200, {});
  expect(shop.store.calls).toEqual({ load: 0, apply: 0 });
});

it('moves the expiry alone where every request is saved (resave)', async () => {
  const shop = await openShop(expressSessionShop({ touchAfterMs: 0, library: { resave: true } }));
  const cookies = await shop.visitor();
  const [before] = [...shop.rows.values()];
  await shop.agent.get('/show').set('Cookie', cookies).expect(200);
  const [after] = [...shop.rows.values()];
  expect(after?.data).toBe(before?.data);
  expect(after?.version).toBe((before?.version ?? 0) + 1);
});
