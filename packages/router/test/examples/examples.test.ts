import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { findProjectFolder } from '@switchyard/databases';
import { openShop as openMoved } from '../../examples/moved-table.ts';
import { openShop as openOwn } from '../../examples/own-router.ts';
import { openShop as openShared } from '../../examples/percentage.ts';
import { openClients, type OpenClients } from '../support/open-clients.ts';
import { seed } from '../support/shop.ts';

let opened: OpenClients;
beforeAll(async () => {
  opened = await openClients();
  await seed(opened.clients);
});
afterAll(() => opened.close());

it('docs/router.md shows them as they are', () => {
  const project = findProjectFolder();
  const page = readFileSync(path.join(project, 'docs', 'router.md'), 'utf8');
  const shown = [...page.matchAll(/<!-- (packages\/router\/examples\/\S+) -->\n\n```ts\n([^]*?)```/g)];
  expect(shown.map(([, file = '']) => path.basename(file)).sort()).toEqual(
    readdirSync(path.join(project, 'packages/router/examples')).sort(),
  );
  for (const [, file = '', code] of shown) expect(code).toBe(readFileSync(path.join(project, file), 'utf8'));
});

it('a moved table: the flag sends sessions to their own database, and nothing else', async () => {
  const { main, sessions } = opened.clients;
  let on = false;
  const db = openMoved({ main, sessions }, (flag) => flag === 'new_db_router_flag' && on);
  const create = (sessionKey: string) =>
    db.session.create({ data: { sessionKey, data: '{}', expiresAt: new Date(Date.now() + 60_000) } });
  await create('before');
  await db.$withContext({}, async () => {
    await create('during');
    on = true;
    // The flag was read for this request before.
    await create('still');
  });
  await create('after');
  const keys = { orderBy: { createdAt: 'asc' }, select: { sessionKey: true } } as const;
  expect((await main.session.findMany(keys)).map(({ sessionKey }) => sessionKey)).toEqual([
    'before',
    'during',
    'still',
  ]);
  expect((await sessions.session.findMany(keys)).map(({ sessionKey }) => sessionKey)).toEqual(['after']);
  expect(db.$origin((await db.product.findFirst()) ?? {})).toBe('main');
});

it('a router of one’s own: sends what it has an opinion on, and nothing else', async () => {
  const { main, sessions } = opened.clients;
  const db = openOwn({ main, sessions });
  await db.sessionLease.create({ data: { name: 'own', holder: 'a', token: 1, expiresAt: new Date() } });
  expect([await sessions.sessionLease.count(), await main.sessionLease.count()]).toEqual([1, 0]);
  expect(db.$route('session', 'read')).toMatchObject({ alias: 'sessions', by: 'router', router: 'session router' });
  expect(db.$route('product', 'write')).toMatchObject({ alias: 'main', by: 'default' });
  expect(await db.user.findMany({ select: { orders: true } })).toEqual([{ orders: [] }]);
});

it('a percentage: a user changes over once while the share grows, and writes stay where they were', async () => {
  let percent = 0;
  const db = openShared({ main: opened.clients.main, next: opened.clients.other }, () => percent);
  const users = Array.from({ length: 100 }, (_, index) => `user-${index}`);
  const aliasOf = (userId: string): string => db.$hint({ userId }).$route('product', 'read').alias;
  const readers = (): string[] => users.filter((user) => aliasOf(user) === 'next');
  expect(readers()).toEqual([]);
  percent = 10;
  const some = readers();
  percent = 50;
  const more = readers();
  expect([some.length > 2, some.length < 25, more.length > 35, more.length < 65]).toEqual([true, true, true, true]);
  expect(more).toEqual(expect.arrayContaining(some));
  const [reader = ''] = some;
  expect((await db.$hint({ userId: reader }).product.findFirst())?.name).toBe('other');
  expect((await db.product.findFirst())?.name).toBe('main');
  expect(db.$hint({ userId: reader }).$route('product', 'write').alias).toBe('main');
  percent = 100;
  expect(readers()).toEqual(users);
});
