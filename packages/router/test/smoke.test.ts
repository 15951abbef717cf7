import { byModel, createRoutedClient, flagged } from '@switchyard/router';
import { openClients, type TestClients } from './support/open-clients.ts';

let clients: TestClients;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ clients, close } = await openClients());
});
afterAll(() => close());

it('works', async () => {
  let on = false;
  const db = createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'x', read: () => on, on: byModel({ session: 'sessions' }) })],
  });
  const s = await db.session.create({ data: { sessionKey: 'a', expiresAt: new Date() } });
  expect(db.$origin(s)).toBe('main');
  on = true;
  expect(await db.session.findUnique({ where: { sessionKey: 'a' } })).toBeNull();
  const t = await db.$transaction(
    async (tx) => tx.session.create({ data: { sessionKey: 'b', expiresAt: new Date() }, select: { sessionKey: true } }),
    { for: ['session'], isolationLevel: 'Serializable' },
  );
  expect(t).toEqual({ sessionKey: 'b' });
  expect(db.$origin(t)).toBe('sessions');
  expect(await clients.sessions.session.count()).toBe(1);
  await expect(db.$transaction(async () => db.product.count(), { for: ['session'] })).rejects.toMatchObject({
    code: 'CROSS_DATABASE_TRANSACTION',
  });
  const [n, m] = await db.$transaction([db.session.count(), db.session.findMany()]);
  expect([n, m.length]).toEqual([1, 1]);
  console.log(db.$route('session', 'read'));
  const r = await db.$using('sessions').$queryRaw`select count(*)::int as n from session`.catch((e) =>
    String(e).slice(0, 500),
  );
  console.log(JSON.stringify(r));
  const l = await db.order
    .findUnique({ where: { id: '0190d8f0-0000-7000-8000-000000000000' } })
    .lines({ where: { id: 1 } })
    .then(JSON.stringify, (e) => String(e).slice(0, 500));
  console.log(l);
});
